-- Finalization on request: a task is looked at afresh, whatever its counts say, and repaired where it is not as its steps say.
-- Repairs only what follows from the steps without doubt; the queries of sql/invariants show the rest.

-- Enqueued steps of the open tasks among these that have no message. Step and message are looked at in one statement, as of one moment: a claim
-- changes both at once. Reads the queues of workers whole. The tasks must be held: nobody else enqueues or ends their steps then.
create function tasker.find_lost_steps(p_tasks uuid[]) returns uuid[]
language sql stable
as $$
  with enqueued as materialized (
    select s.step_uuid
    from unnest(p_tasks) as i (task_uuid),
      lateral (select t.* from tasker.tasks t where t.task_uuid = i.task_uuid and t.completed_at is null offset 0) t,
      lateral (
        select s.step_uuid from tasker.steps s where s.task_uuid = t.task_uuid and s.state = 'enqueued' offset 0) s
  )
  select array_agg(e.step_uuid order by e.step_uuid)
  from enqueued e
  where e.step_uuid <> all (array(
    select m.step_uuid from tasker.live_step_messages() m
    where m.queue_name ~ '^worker_' and m.step_uuid = any (array(select n.step_uuid from enqueued n))))
$$;

-- How the counts of the open tasks among these differ from their steps; with them, those that should not rest where they are.
-- The tasks must be held: workers move steps only from one active state to another.
create function tasker.find_drifts(p_tasks uuid[]) returns tasker.task_change[]
language sql stable
as $$
  select array_agg((t.task_uuid, c.active - t.steps_active, c.done - t.steps_done, c.retrying - t.steps_retrying,
    c.failed - t.steps_failed, c.cancelled - t.steps_cancelled, 0)::tasker.task_change order by t.task_uuid)
  from unnest(p_tasks) as i (task_uuid),
    lateral (select t.* from tasker.tasks t where t.task_uuid = i.task_uuid and t.completed_at is null offset 0) t,
    lateral (
      select (count(*) filter (where s.state in ('enqueued', 'in_progress', 'enqueued_for_orchestration',
          'enqueued_as_error_for_orchestration')))::integer as active,
        (count(*) filter (where s.state in ('complete', 'resolved_manually')))::integer as done,
        (count(*) filter (where s.state = 'waiting_for_retry'))::integer as retrying,
        (count(*) filter (where s.state = 'error'))::integer as failed,
        (count(*) filter (where s.state = 'cancelled'))::integer as cancelled
      from tasker.steps s where s.task_uuid = t.task_uuid) c
  where (c.active, c.done, c.retrying, c.failed, c.cancelled)
      <> (t.steps_active, t.steps_done, t.steps_retrying, t.steps_failed, t.steps_cancelled)
    or case t.state
      when 'waiting_for_dependencies' then c.active + c.retrying + c.failed > 0 or c.done + c.cancelled = t.steps_total
      else cardinality(tasker.task_path(t.state, 'repair', c.active, c.retrying, c.failed, '{}')) > 0
    end
$$;

-- Repairs tasks: counts as the steps say, the state that follows from them, a message for each enqueued step that has none.
-- Returns those that needed it: [{task_uuid, namespace, state}].
create function tasker.repair_tasks(p_tasks uuid[], p_actor text, p_wake boolean) returns jsonb
language plpgsql
as $$
declare
  v_lost uuid[];
  v_drifts tasker.task_change[];
begin
  perform tasker.lock_tasks_of(p_tasks);
  v_lost := tasker.find_lost_steps(p_tasks);
  v_drifts := tasker.find_drifts(p_tasks);
  if v_lost is not null then
    perform tasker.send_step_messages(v_lost, p_wake);
  end if;
  perform tasker.settle_tasks(v_drifts, 'repair', p_actor, 'repair: the task was not as its steps say');
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('task_uuid', t.task_uuid, 'namespace', t.namespace, 'state', t.state) order by t.task_uuid), '[]')
    from (select tasker.task_of(l) from unnest(v_lost) as l union select d.task_uuid from unnest(v_drifts) as d) i (task_uuid),
      lateral (select t.* from tasker.tasks t where t.task_uuid = i.task_uuid offset 0) t);
end $$;

create function tasker.names_task(p_message jsonb) returns boolean
language sql immutable parallel safe
as $$ select coalesce(p_message ->> 'task_uuid' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', false) $$;

-- Takes up to p_max requests, messages {task_uuid}, and repairs the tasks they name; those that are over or unknown are passed
-- over. What names no task is dead-lettered. Returns {taken, repaired: [{task_uuid, namespace, state}]}.
create function tasker.finalize_tasks(p_max integer, p_actor text, p_wake boolean) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_messages jsonb[] := tasker.pop_messages('orchestration_task_finalizations', p_max);
begin
  if v_messages is null then
    return jsonb_build_object('taken', 0, 'repaired', '[]'::jsonb);
  end if;
  perform tasker.dead_letter('orchestration_task_finalizations', coalesce(m, 'null'), 'the message names no task')
  from unnest(v_messages) as m where not tasker.names_task(m);
  return jsonb_build_object('taken', cardinality(v_messages), 'repaired', tasker.repair_tasks(
    array(select distinct (m ->> 'task_uuid')::uuid from unnest(v_messages) as m where tasker.names_task(m)),
    p_actor, p_wake));
end $$;
