-- Queues whose messages nobody takes: a wake-up was lost, because the process that heard it died before it acted on it.

-- Wakes the consumers of each queue of workers and of orchestration in which a message has been visible for longer than
-- p_stalled_ms. One look into the index on vt per queue. Returns the queues.
create function tasker.wake_stalled_queues(p_stalled_ms integer) returns setof text
language plpgsql
set enable_seqscan = off
as $$
declare
  v_before timestamptz := clock_timestamp() - make_interval(secs => p_stalled_ms / 1000.0);
  v_queue text;
  v_is_stalled boolean;
begin
  for v_queue in select q from tasker.engine_queues() as q order by q loop
    execute format('select exists (select from pgmq.%I m where m.vt < $1)', 'q_' || v_queue) into v_is_stalled using v_before;
    if v_is_stalled then
      perform pg_notify('pgmq_message_ready.' || coalesce(substring(v_queue from '^worker_(.*)_queue$'), 'orchestration'),
        v_queue);
      return next v_queue;
    end if;
  end loop;
end $$;
