-- Queue names, and the life of a queue: create, list, drop.
-- A queue is a table q_<name>, an archive a_<name> and a row in meta. Create and drop of one queue exclude each other.
--
-- create refuses three kinds of name that the extension accepts and then mixes up: the empty name, a name that differs
-- from an existing queue only in case (both would share one table), and a name over 47 bytes (cut to the same 63 bytes).

create or replace function pgmq.format_table_name(queue_name text, prefix text)
returns text language plpgsql immutable as $$
begin
  if queue_name ~ '\$|;|--|''' then
    raise exception 'queue name contains invalid characters: $, ;, --, or \''';
  end if;
  return lower(prefix || '_' || queue_name);
end
$$;

create or replace function pgmq.validate_queue_name(queue_name text)
returns void language plpgsql as $$
begin
  if queue_name is null or queue_name = '' then
    raise exception 'queue name must not be empty' using errcode = 'invalid_name';
  end if;
  if length(queue_name) > 47 then
    raise exception 'queue name is too long, maximum length is 47 characters';
  end if;
  if octet_length(queue_name) > 47 or octet_length(lower(queue_name)) > 47 then
    raise exception 'queue name is too long, maximum length is 47 bytes' using errcode = 'invalid_name';
  end if;
  perform pgmq.format_table_name(queue_name, 'q');
end
$$;

-- Lower-cased, so that two names for one table take one lock.
create or replace function pgmq.acquire_queue_lock(queue_name text)
returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('pgmq.queue_' || lower(queue_name)));
end
$$;

create or replace function pgmq._queue_is_complete(queue_name text)
returns boolean language plpgsql as $$
begin
  return exists (select from pgmq.meta m where m.queue_name = _queue_is_complete.queue_name)
    and to_regclass(format('pgmq.%I', pgmq.format_table_name(queue_name, 'q'))) is not null
    and to_regclass(format('pgmq.%I', pgmq.format_table_name(queue_name, 'a'))) is not null;
end
$$;

-- Vacuum by count rather than by share: a queue table turns over many times its own size, and what slows its readers
-- is the number of dead rows at its head.
-- There is no index on vt, unlike in the extension: no claim uses it, it costs a fifth of what is sent, and without it a
-- claim touches no index where its page has room. The fill factor leaves each row room for one claim; from 70 downwards
-- each visit prunes the page, which costs pop(100) 0.2 ms and gives a fifth more claims and acks.
create or replace function pgmq._create_tables(queue_name text, unlogged boolean)
returns void language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
  atable constant text := pgmq.format_table_name(queue_name, 'a');
begin
  execute format($sql$
    create %s table if not exists pgmq.%I (
      msg_id bigint primary key generated always as identity,
      read_ct integer not null default 0,
      enqueued_at timestamptz not null default now(),
      last_read_at timestamptz,
      vt timestamptz not null,
      message jsonb,
      headers jsonb
    ) with (
      fillfactor = 50,
      autovacuum_vacuum_threshold = 500,
      autovacuum_vacuum_scale_factor = 0.01,
      autovacuum_vacuum_cost_delay = 0,
      autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.02,
      toast.autovacuum_vacuum_threshold = 500,
      toast.autovacuum_vacuum_scale_factor = 0.01,
      toast.autovacuum_vacuum_cost_delay = 0
    )
  $sql$, case when unlogged then 'unlogged' else '' end, qtable);

  execute format($sql$
    create table if not exists pgmq.%I (
      msg_id bigint primary key,
      read_ct integer not null default 0,
      enqueued_at timestamptz not null default now(),
      last_read_at timestamptz,
      archived_at timestamptz not null default now(),
      vt timestamptz not null,
      message jsonb,
      headers jsonb
    )
  $sql$, atable);
  execute format('create index if not exists %I on pgmq.%I (archived_at)', 'archived_at_idx_' || queue_name, atable);

  execute format('grant select (vt, enqueued_at) on pgmq.%I to pg_monitor', qtable);
  execute format('grant select on sequence pgmq.%I to pg_monitor', qtable || '_msg_id_seq');
end
$$;

create or replace function pgmq._create_queue(queue_name text, unlogged boolean)
returns void language plpgsql as $$
declare
  twin text;
begin
  perform pgmq.validate_queue_name(queue_name);
  if pgmq._queue_is_complete(queue_name) then
    return;
  end if;
  perform pgmq.acquire_queue_lock(queue_name);
  if pgmq._queue_is_complete(queue_name) then
    return;
  end if;

  select m.queue_name into twin
  from pgmq.meta m
  where lower(m.queue_name) = lower(_create_queue.queue_name) and m.queue_name <> _create_queue.queue_name;
  if found then
    raise exception 'queue "%" would share its table with the existing queue "%"', queue_name, twin
      using errcode = 'duplicate_table';
  end if;

  perform pgmq._create_tables(queue_name, unlogged);
  insert into pgmq.meta (queue_name, is_partitioned, is_unlogged)
  values (queue_name, false, unlogged)
  on conflict on constraint meta_queue_name_key do nothing;
  perform pg_notify('pgmq_queue_created', queue_name);
end
$$;

create or replace function pgmq.create_non_partitioned(queue_name text)
returns void language plpgsql as $$
begin
  perform pgmq._create_queue(queue_name, false);
end
$$;

create or replace function pgmq.create(queue_name text)
returns void language plpgsql as $$
begin
  perform pgmq._create_queue(queue_name, false);
end
$$;

-- The archive stays logged: only messages in flight may be lost by a crash.
create or replace function pgmq.create_unlogged(queue_name text)
returns void language plpgsql as $$
begin
  perform pgmq._create_queue(queue_name, true);
end
$$;

create or replace function pgmq._refuse_partitioned()
returns void language plpgsql as $$
begin
  if not exists (select from pg_extension where extname = 'pg_partman') then
    raise exception 'pg_partman is required for partitioned queues';
  end if;
  raise exception 'partitioned queues need the pgmq extension'
    using errcode = 'feature_not_supported', hint = 'Create the extension before anything else installs the schema pgmq.';
end
$$;

create or replace function pgmq.create_partitioned(
  queue_name text, partition_interval text default '10000', retention_interval text default '100000'
)
returns void language plpgsql as $$
begin
  perform pgmq.validate_queue_name(queue_name);
  perform pgmq._refuse_partitioned();
end
$$;

create or replace function pgmq.convert_archive_partitioned(
  table_name text,
  partition_interval text default '10000',
  retention_interval text default '100000',
  leading_partition integer default 10
)
returns void language plpgsql as $$
begin
  perform pgmq._refuse_partitioned();
end
$$;

create or replace function pgmq.list_queues()
returns setof pgmq.queue_record language plpgsql as $$
begin
  return query select m.queue_name, m.is_partitioned, m.is_unlogged, m.created_at from pgmq.meta m;
end
$$;

-- Throttle and topic rows go with the meta row, by their foreign keys.
create or replace function pgmq.drop_queue(queue_name text)
returns boolean language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
  atable constant text := pgmq.format_table_name(queue_name, 'a');
begin
  perform pgmq.acquire_queue_lock(queue_name);
  if to_regclass(format('pgmq.%I', qtable)) is null then
    raise notice 'pgmq queue "%" does not exist', queue_name;
    return false;
  end if;
  execute format('drop table if exists pgmq.%I', qtable);
  execute format('drop table if exists pgmq.%I', atable);
  delete from pgmq.meta m where lower(m.queue_name) = lower(drop_queue.queue_name);
  return true;
end
$$;

create or replace function pgmq.drop_queue(queue_name text, partitioned boolean)
returns boolean language plpgsql as $$
begin
  raise warning 'drop_queue(queue_name, partitioned) is deprecated: use drop_queue(queue_name)';
  perform pgmq.drop_queue(queue_name);
  return true;
end
$$;
