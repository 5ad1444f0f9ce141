-- First in, first out per group: the group is the header x-pgmq-group, messages without it share one group.
--
-- A call works in two steps. It locks the oldest message of each group, which fails for a group that another call
-- holds (skip locked) and for one whose oldest message is in flight (not visible). Only members of the groups so held
-- are claimed, up to the first one that is in flight. The locks make two callers at once see a group in turn; they are
-- row locks of this queue, so groups of the same name in two queues do not block each other.
-- The oldest message of each group is found over the whole backlog: the cost of a call grows with it.

-- round_robin false: empties the oldest group first; true: one message of each group, then the second of each, ...
create or replace function pgmq._read_grouped(queue_name text, vt integer, qty integer, round_robin boolean)
returns setof pgmq.message_record language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
  group_key constant text := $key$coalesce(headers ->> 'x-pgmq-group', '_default_fifo_group')$key$;
begin
  return query execute format($sql$
    with heads as (
      select %2$s as fifo_group, min(msg_id) as head_id
      from pgmq.%1$I
      group by 1
    ),
    held as materialized (
      select q.msg_id as head_id, h.fifo_group
      from heads h
      join pgmq.%1$I q on q.msg_id = h.head_id
      where q.vt <= clock_timestamp()
      order by q.msg_id
      limit $2
      for update of q skip locked
    ),
    members as (
      select q.msg_id, held.head_id,
        row_number() over in_group as place,
        bool_and(q.vt <= clock_timestamp()) over in_group as reachable
      from pgmq.%1$I q
      join held on held.fifo_group = %2$s
      window in_group as (partition by held.head_id order by q.msg_id)
    ),
    chosen as (
      select msg_id, row_number() over (order by %3$s) as turn
      from members
      where reachable
      order by turn
      limit $2
    ),
    claimed as (
      update pgmq.%1$I q
      set vt = clock_timestamp() + make_interval(secs => $1),
          read_ct = q.read_ct + 1,
          last_read_at = clock_timestamp()
      from chosen
      where q.msg_id = chosen.msg_id and q.vt <= clock_timestamp()
      returning q.msg_id, q.read_ct, q.enqueued_at, q.last_read_at, q.vt, q.message, q.headers, chosen.turn
    )
    select msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers from claimed order by turn
  $sql$, qtable, group_key, case when round_robin then 'place, head_id' else 'head_id, msg_id' end) using vt, qty;
end
$$;

create or replace function pgmq.read_grouped(queue_name text, vt integer, qty integer)
returns setof pgmq.message_record language plpgsql as $$
begin
  return query select * from pgmq._read_grouped(queue_name, vt, qty, false);
end
$$;

create or replace function pgmq.read_grouped_rr(queue_name text, vt integer, qty integer)
returns setof pgmq.message_record language plpgsql as $$
begin
  return query select * from pgmq._read_grouped(queue_name, vt, qty, true);
end
$$;

create or replace function pgmq._read_grouped_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer, poll_interval_ms integer, round_robin boolean
)
returns setof pgmq.message_record language plpgsql as $$
declare
  give_up_at constant timestamptz := clock_timestamp() + make_interval(secs => max_poll_seconds);
begin
  while clock_timestamp() < give_up_at loop
    return query select * from pgmq._read_grouped(queue_name, vt, qty, round_robin);
    if found then
      return;
    end if;
    perform pg_sleep(poll_interval_ms / 1000.0);
  end loop;
end
$$;

create or replace function pgmq.read_grouped_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer default 5, poll_interval_ms integer default 100
)
returns setof pgmq.message_record language plpgsql as $$
begin
  return query
    select * from pgmq._read_grouped_with_poll(queue_name, vt, qty, max_poll_seconds, poll_interval_ms, false);
end
$$;

create or replace function pgmq.read_grouped_rr_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer default 5, poll_interval_ms integer default 100
)
returns setof pgmq.message_record language plpgsql as $$
begin
  return query
    select * from pgmq._read_grouped_with_poll(queue_name, vt, qty, max_poll_seconds, poll_interval_ms, true);
end
$$;

create or replace function pgmq.create_fifo_index(queue_name text)
returns void language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
begin
  execute format('create index if not exists %I on pgmq.%I using gin (headers)', qtable || '_fifo_idx', qtable);
end
$$;

create or replace function pgmq.create_fifo_indexes_all()
returns void language plpgsql as $$
begin
  perform pgmq.create_fifo_index(m.queue_name) from pgmq.meta m;
end
$$;
