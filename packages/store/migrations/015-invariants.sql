-- What the queries of sql/invariants need and plain SQL cannot say.

-- Every message in the queues of workers and of orchestration, with the step that it names (null: none).
-- Stable, so that it sees the messages as of the moment in which the calling query sees the steps.
create function tasker.live_step_messages() returns table (queue_name text, msg_id bigint, step_uuid uuid)
language plpgsql stable
as $$
declare
  v_queue text;
begin
  for v_queue in select q from tasker.engine_queues() as q loop
    return query execute format(
      'select %L::text, m.msg_id, case when tasker.names_step(m.message) then (m.message ->> ''step_uuid'')::uuid end
      from pgmq.%I m', v_queue, 'q_' || v_queue);
  end loop;
end $$;
