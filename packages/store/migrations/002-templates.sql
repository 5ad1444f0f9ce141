-- Task templates as registered. A row is never changed: other content gets another template_uuid, so a task that points
-- here keeps the content it started with.

create table tasker.task_templates (
  template_uuid uuid primary key,
  namespace text not null check (namespace ~ '^[a-z_][a-z0-9_]{0,28}$'),
  name text not null check (length(name) between 1 and 255),
  version text not null check (length(version) between 1 and 50),
  description text,
  identity_strategy text not null check (identity_strategy in ('strict', 'caller_provided', 'always_unique')),
  content_hash text not null,
  definition jsonb not null,
  step_count integer not null check (step_count >= 0),
  root_count integer not null check (root_count >= 0),
  created_at timestamptz not null default now(),
  unique (namespace, name, version)
);

-- One row per step, numbered in topological order from 1. Numbers are relative: the id of a task's step is computed from
-- the task's id and the number (tasker.step_id), so that edges need no rows of their own.
create table tasker.template_steps (
  template_uuid uuid not null references tasker.task_templates on delete cascade,
  step_no integer not null check (step_no between 1 and 1048575),
  name text not null check (length(name) between 1 and 255),
  step_type text not null,
  handler jsonb not null,
  timeout_ms integer,
  retryable boolean not null,
  max_attempts integer check (max_attempts between 1 and 100),
  backoff jsonb not null,
  parent_nos integer[] not null,
  child_nos integer[] not null,
  ancestor_nos integer[] not null,
  primary key (template_uuid, step_no),
  unique (template_uuid, name)
);
