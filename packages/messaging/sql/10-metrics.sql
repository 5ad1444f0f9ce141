-- Numbers about queues. They count every row: sample them, do not call them per request.

-- total_messages is the last id given out, so it survives deletes and purges.
create or replace function pgmq.metrics(queue_name text)
returns pgmq.metrics_result language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
  result pgmq.metrics_result;
begin
  execute format($sql$
    select $1, q.queue_length, q.newest_msg_age_sec, q.oldest_msg_age_sec,
      (select case when is_called then last_value else 0 end from pgmq.%2$I),
      clock_timestamp(), q.queue_visible_length
    from (
      select count(*) as queue_length,
        floor(extract(epoch from clock_timestamp() - max(enqueued_at)))::integer as newest_msg_age_sec,
        floor(extract(epoch from clock_timestamp() - min(enqueued_at)))::integer as oldest_msg_age_sec,
        count(*) filter (where vt <= clock_timestamp()) as queue_visible_length
      from pgmq.%1$I
    ) as q
  $sql$, qtable, qtable || '_msg_id_seq') into result using queue_name;
  return result;
end
$$;

create or replace function pgmq.metrics_all()
returns setof pgmq.metrics_result language plpgsql as $$
declare
  name text;
begin
  for name in select m.queue_name from pgmq.meta m order by m.queue_name loop
    return next pgmq.metrics(name);
  end loop;
end
$$;
