-- Opt-in notifications on insert: channel pgmq.q_<queue>.INSERT, no payload, at most one per throttle interval.
-- A NOTIFY serialises the commits that carry one; senders of many small transactions should keep the throttle.

-- Never waits: when another sender holds the throttle row it is about to notify, and that will do. A queue whose
-- throttle row is gone still notifies. An interval of 0 notifies without touching the row, which every sender would
-- otherwise queue up for.
create or replace function pgmq.notify_queue_listeners()
returns trigger language plpgsql as $$
declare
  interval_ms integer;
begin
  select t.throttle_interval_ms into interval_ms
  from pgmq.notify_insert_throttle t
  where t.queue_name = tg_argv[0];

  if interval_ms > 0 then
    update pgmq.notify_insert_throttle t
    set last_notified_at = clock_timestamp()
    from (
      select d.queue_name
      from pgmq.notify_insert_throttle d
      where d.queue_name = tg_argv[0]
        and d.last_notified_at <= clock_timestamp() - make_interval(secs => d.throttle_interval_ms / 1000.0)
      for update skip locked
    ) as due
    where t.queue_name = due.queue_name;
    if not found then
      return null;
    end if;
  end if;

  perform pg_notify('pgmq.' || tg_table_name || '.' || tg_op, null);
  return null;
end
$$;

create or replace function pgmq._require_queue(queue_name text)
returns void language plpgsql as $$
begin
  if not exists (select from pgmq.meta m where m.queue_name = _require_queue.queue_name) then
    raise exception 'queue "%" does not exist', queue_name;
  end if;
end
$$;

create or replace function pgmq._require_throttle_interval(throttle_interval_ms integer)
returns void language plpgsql as $$
begin
  if throttle_interval_ms is null or throttle_interval_ms < 0 then
    raise exception 'throttle_interval_ms must be 0 or more, got %', throttle_interval_ms;
  end if;
end
$$;

create or replace function pgmq.enable_notify_insert(queue_name text, throttle_interval_ms integer default 250)
returns void language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
begin
  perform pgmq._require_throttle_interval(throttle_interval_ms);
  perform pgmq._require_queue(queue_name);

  execute format('drop trigger if exists trigger_notify_queue_insert_listeners on pgmq.%I', qtable);
  execute format($sql$
    create constraint trigger trigger_notify_queue_insert_listeners
    after insert on pgmq.%I deferrable
    for each row execute function pgmq.notify_queue_listeners(%L)
  $sql$, qtable, queue_name);

  insert into pgmq.notify_insert_throttle as t (queue_name, throttle_interval_ms)
  values (queue_name, throttle_interval_ms)
  on conflict on constraint notify_insert_throttle_queue_name_key
  do update set throttle_interval_ms = excluded.throttle_interval_ms, last_notified_at = to_timestamp(0);
end
$$;

create or replace function pgmq.disable_notify_insert(queue_name text)
returns void language plpgsql as $$
begin
  execute format(
    'drop trigger if exists trigger_notify_queue_insert_listeners on pgmq.%I',
    pgmq.format_table_name(queue_name, 'q')
  );
  delete from pgmq.notify_insert_throttle t where t.queue_name = disable_notify_insert.queue_name;
end
$$;

create or replace function pgmq.update_notify_insert(queue_name text, throttle_interval_ms integer)
returns void language plpgsql as $$
begin
  perform pgmq._require_throttle_interval(throttle_interval_ms);
  perform pgmq._require_queue(queue_name);
  update pgmq.notify_insert_throttle t
  set throttle_interval_ms = update_notify_insert.throttle_interval_ms, last_notified_at = to_timestamp(0)
  where t.queue_name = update_notify_insert.queue_name;
  if not found then
    raise exception 'notifications are not enabled for queue "%": call enable_notify_insert first', queue_name;
  end if;
end
$$;

create or replace function pgmq.list_notify_insert_throttles()
returns table (queue_name text, throttle_interval_ms integer, last_notified_at timestamptz)
language sql stable as $$
  select t.queue_name::text, t.throttle_interval_ms, t.last_notified_at
  from pgmq.notify_insert_throttle t
  order by t.queue_name
$$;
