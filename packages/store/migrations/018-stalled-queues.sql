-- Queues whose messages nobody takes: a wake-up was lost, because the process that heard it died before it acted on it, or with
-- the message in its hands.

-- Wakes the consumers of each queue of workers and of orchestration in which a message has been visible for longer than
-- p_stalled_ms. Asks the oldest 10,000 of each queue, more than anybody holds at once: the tables have no index on vt.
-- Returns {queues: [those], next_stalled_ms: milliseconds until a message of another queue has been visible for so long, unless
-- somebody takes it; null when those are empty}.
create function tasker.wake_stalled_queues(p_stalled_ms integer) returns jsonb
language plpgsql
set enable_seqscan = off
as $$
declare
  v_before timestamptz := clock_timestamp() - make_interval(secs => p_stalled_ms / 1000.0);
  v_queue text;
  v_first timestamptz;
  v_next timestamptz;
  v_stalled text[] := '{}';
begin
  for v_queue in select q from tasker.engine_queues() as q order by q loop
    execute format('select min(m.vt) from (select q.vt from pgmq.%I q order by q.msg_id limit 10000) m', 'q_' || v_queue)
      into v_first;
    if v_first < v_before then
      perform pg_notify('pgmq_message_ready.' || coalesce(substring(v_queue from '^worker_(.*)_queue$'), 'orchestration'),
        v_queue);
      v_stalled := v_stalled || v_queue;
    else
      v_next := least(v_next, v_first);
    end if;
  end loop;
  return jsonb_build_object('queues', to_jsonb(v_stalled),
    'next_stalled_ms', ceil(extract(epoch from v_next - v_before) * 1000));
end $$;
