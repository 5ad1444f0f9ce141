-- Tasks, their steps, and the two append-only logs of what happened to them.
-- steps and the logs carry no foreign keys: they are written only by the functions of this schema, in the transaction that
-- owns the task, and a check of each row would only repeat what they ensure.

create table tasker.tasks (
  task_uuid uuid primary key,
  template_uuid uuid not null references tasker.task_templates,
  namespace text not null,
  state tasker.task_state not null,
  context jsonb not null,
  identity_hash text unique,
  correlation_id uuid not null,
  parent_correlation_id uuid,
  traceparent text,
  initiator text not null,
  source_system text not null,
  reason text not null,
  priority integer not null default 0,
  tags text[] not null default '{}',
  -- How many of its steps are where. Kept by tasker.settle_tasks under the lock of this row; pending = total - the rest.
  steps_total integer not null,
  steps_active integer not null,
  steps_done integer not null default 0,
  steps_retrying integer not null default 0,
  steps_failed integer not null default 0,
  steps_cancelled integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  constraint tasks_terminal_has_completed_at check (
    (completed_at is not null) = (state in ('complete', 'error', 'cancelled', 'resolved_manually'))
  ),
  constraint tasks_counts_are_possible check (
    least(steps_active, steps_done, steps_retrying, steps_failed, steps_cancelled) >= 0
    and steps_active + steps_done + steps_retrying + steps_failed + steps_cancelled <= steps_total
  )
) with (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index tasks_open_idx on tasker.tasks (state, task_uuid) where completed_at is null;
create index tasks_pending_idx on tasker.tasks (priority desc, task_uuid) where state = 'pending';
create index tasks_template_idx on tasker.tasks (template_uuid, task_uuid);
create index tasks_correlation_idx on tasker.tasks (correlation_id);
create index tasks_tags_idx on tasker.tasks using gin (tags) where tags <> '{}';

create table tasker.steps (
  step_uuid uuid primary key,
  task_uuid uuid not null,
  step_no integer not null,
  name text not null,
  state tasker.step_state not null,
  unmet_parents integer not null,
  parent_nos integer[] not null,
  child_nos integer[] not null,
  retryable boolean not null,
  attempts integer not null default 0,
  max_attempts integer not null,
  worker_id text,
  -- When somebody has to look at this step by itself: the end of the lease (in_progress), the next attempt
  -- (waiting_for_retry), or the time by which a decision must have been taken (enqueued_as_error_for_orchestration).
  due_at timestamptz,
  inputs jsonb,
  checkpoint jsonb,
  result jsonb,
  error jsonb,
  last_attempted_at timestamptz,
  last_failure_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  unique (task_uuid, name)
  -- No check constraints: PostgreSQL parses and plans each anew in every statement that writes a row, 10 µs for one, and five on this
  -- table made an update of 15 µs one of 60, four times per step. What they said is among sql/invariants.
) with (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index steps_due_idx on tasker.steps (due_at) where due_at is not null;

create table tasker.task_transitions (
  transition_id bigint generated always as identity,
  task_uuid uuid not null,
  from_state tasker.task_state not null,
  event tasker.task_event not null,
  to_state tasker.task_state not null,
  at timestamptz not null,
  actor text not null,
  reason text,
  primary key (task_uuid, transition_id)
);

create table tasker.step_transitions (
  transition_id bigint generated always as identity,
  step_uuid uuid not null,
  task_uuid uuid not null,
  from_state tasker.step_state not null,
  event tasker.step_event not null,
  to_state tasker.step_state not null,
  attempt integer not null,
  at timestamptz not null,
  actor text not null,
  reason text,
  detail jsonb,
  primary key (step_uuid, transition_id)
);

-- Edges as rows, for people and reports; the engine reads the numbers on the steps.
create view tasker.workflow_step_edges as
select s.task_uuid, p.step_uuid as from_step_uuid, s.step_uuid as to_step_uuid, p.name as from_name, s.name as to_name
from tasker.steps s
join tasker.steps p on p.task_uuid = s.task_uuid and p.step_no = any (s.parent_nos);
