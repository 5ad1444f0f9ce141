-- Schema, composite types and bookkeeping tables of the queue API.
-- The field order of the types is contract: clients read some of them by position.

do $$
begin
  -- "create schema if not exists" asks for CREATE on the database even when the schema is there.
  if to_regnamespace('pgmq') is null then
    create schema pgmq;
  end if;

  if to_regtype('pgmq.message_record') is null then
    create type pgmq.message_record as (
      msg_id bigint,
      read_ct integer,
      enqueued_at timestamptz,
      last_read_at timestamptz,
      vt timestamptz,
      message jsonb,
      headers jsonb
    );
  end if;

  if to_regtype('pgmq.queue_record') is null then
    create type pgmq.queue_record as (
      queue_name varchar,
      is_partitioned boolean,
      is_unlogged boolean,
      created_at timestamptz
    );
  end if;

  if to_regtype('pgmq.metrics_result') is null then
    create type pgmq.metrics_result as (
      queue_name text,
      queue_length bigint,
      newest_msg_age_sec integer,
      oldest_msg_age_sec integer,
      total_messages bigint,
      scrape_time timestamptz,
      queue_visible_length bigint
    );
  end if;
end
$$;

create table if not exists pgmq.meta (
  queue_name varchar not null constraint meta_queue_name_key unique,
  is_partitioned boolean not null,
  is_unlogged boolean not null,
  created_at timestamptz not null default now()
);

-- Logged on purpose: crash recovery empties an unlogged table, and a queue whose row is gone would fall silent.
create table if not exists pgmq.notify_insert_throttle (
  queue_name varchar not null
    constraint notify_insert_throttle_queue_name_key unique
    references pgmq.meta (queue_name) on delete cascade,
  throttle_interval_ms integer not null default 0 check (throttle_interval_ms >= 0),
  last_notified_at timestamptz not null default to_timestamp(0)
) with (fillfactor = 50);

create index if not exists idx_notify_throttle_active
  on pgmq.notify_insert_throttle (queue_name, throttle_interval_ms)
  where throttle_interval_ms > 0;

create table if not exists pgmq.topic_bindings (
  pattern text not null,
  queue_name varchar not null references pgmq.meta (queue_name) on delete cascade,
  bound_at timestamptz not null default now(),
  -- Dots first: the two other replacements bring in dots that must stay unescaped.
  compiled_regex text generated always as (
    '^' || replace(replace(replace(pattern, '.', '\.'), '*', '[^.]+'), '#', '.*') || '$'
  ) stored,
  constraint topic_bindings_unique_pattern_queue unique (pattern, queue_name)
);

create index if not exists idx_topic_bindings_covering
  on pgmq.topic_bindings (pattern) include (queue_name, compiled_regex);

-- Monitoring may see which queues exist, never what they carry. Skipped when the schema belongs to somebody else.
do $$
begin
  if (select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'pgmq') then
    grant usage on schema pgmq to pg_monitor;
  end if;
  grant select on pgmq.meta to pg_monitor;
end
$$;
