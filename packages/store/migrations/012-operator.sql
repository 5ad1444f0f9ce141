-- What people do to tasks and steps. Every change is checked against the rules and logged with who and why.

-- Moves one task by one event when the rules allow it (p_to chooses where an event has several targets).
-- Returns the new state, or null when the task is unknown or the rules refuse. Steps and counts are not touched.
create function tasker.move_task(
  p_task uuid, p_event tasker.task_event, p_actor text, p_reason text default null, p_to tasker.task_state default null
) returns tasker.task_state
language sql
as $$
  with current as (
    select t.task_uuid, t.state from tasker.tasks t where t.task_uuid = p_task for no key update
  ), allowed as (
    select c.task_uuid, c.state, r.to_state
    from current c join tasker.task_transition_rules r on r.from_state = c.state and r.event = p_event
    where p_to is null or r.to_state = p_to
    order by r.to_state limit 1
  ), moved as (
    update tasker.tasks t
    set state = a.to_state, updated_at = clock_timestamp(),
      completed_at = case when a.to_state in ('complete', 'error', 'cancelled', 'resolved_manually') then clock_timestamp() end
    from allowed a where t.task_uuid = a.task_uuid
    returning t.task_uuid, t.state
  ), logged as (
    insert into tasker.task_transitions (task_uuid, from_state, event, to_state, at, actor, reason)
    select a.task_uuid, a.state, p_event, a.to_state, clock_timestamp(), p_actor, p_reason from allowed a
  )
  select m.state from moved m
$$;

-- Moves one step by one event when the rules allow it; as tasker.move_task. A step that waits or runs is due at once.
create function tasker.move_step(
  p_step uuid, p_event tasker.step_event, p_actor text, p_reason text default null, p_to tasker.step_state default null,
  p_detail jsonb default null
) returns tasker.step_state
language sql
as $$
  with current as (
    select s.step_uuid, s.task_uuid, s.state, s.attempts
    from tasker.steps s where s.step_uuid = p_step for no key update
  ), allowed as (
    select c.*, r.to_state
    from current c join tasker.step_transition_rules r on r.from_state = c.state and r.event = p_event
    where p_to is null or r.to_state = p_to
    order by r.to_state limit 1
  ), moved as (
    update tasker.steps s
    set state = a.to_state, updated_at = clock_timestamp(),
      worker_id = case when a.to_state = 'in_progress' then p_actor else s.worker_id end,
      due_at = case when a.to_state in ('in_progress', 'waiting_for_retry') then clock_timestamp() end,
      completed_at = case when a.to_state in ('complete', 'cancelled', 'resolved_manually') then clock_timestamp() end
    from allowed a where s.step_uuid = a.step_uuid
    returning s.step_uuid, s.state
  ), logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason, detail)
    select a.step_uuid, a.task_uuid, a.state, p_event, a.to_state, a.attempts, clock_timestamp(), p_actor, p_reason, p_detail
    from allowed a
  )
  select m.state from moved m
$$;

-- Ends a task before its steps do: event cancel, timeout or resolve_manually. Steps that are not finished end with it
-- (failed ones stay failed, unless the task is resolved), and workers that run some are told.
-- Returns {status: applied | not_found | refused, state, namespace}.
create function tasker.end_task(p_task uuid, p_event tasker.task_event, p_actor text, p_reason text) returns jsonb
language plpgsql
as $$
declare
  v_namespace text;
  v_state tasker.task_state;
  v_step_event tasker.step_event := case p_event when 'resolve_manually' then 'resolve_manually' else 'cancel' end;
  v_at timestamptz;
  v_is_running boolean;
begin
  select t.namespace, t.state into v_namespace, v_state from tasker.tasks t where t.task_uuid = p_task for no key update;
  if not found then
    return jsonb_build_object('status', 'not_found');
  end if;
  if tasker.move_task(p_task, p_event, p_actor, p_reason) is null then
    return jsonb_build_object('status', 'refused', 'state', v_state);
  end if;
  perform tasker.lock_steps(array(select s.step_uuid from tasker.steps s where s.task_uuid = p_task));
  v_at := clock_timestamp();
  with ending as (
    select s.step_uuid, s.state, r.to_state
    from tasker.steps s
    join tasker.step_transition_rules r on r.from_state = s.state and r.event = v_step_event
    where s.task_uuid = p_task and (s.state <> 'error' or v_step_event = 'resolve_manually')
  ), ended as (
    update tasker.steps s set state = e.to_state, due_at = null, completed_at = v_at, updated_at = v_at
    from ending e where s.step_uuid = e.step_uuid
    returning s.step_uuid, s.attempts, e.state as from_state, e.to_state
  ), logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason)
    select e.step_uuid, p_task, e.from_state, v_step_event, e.to_state, e.attempts, v_at, p_actor, p_reason from ended e
  )
  select coalesce(bool_or(e.from_state = 'in_progress'), false) into v_is_running from ended e;
  if v_is_running then
    perform tasker.tell_workers(v_namespace, p_task);
  end if;

  update tasker.tasks t
  set steps_active = 0, steps_retrying = 0, steps_done = c.done, steps_failed = c.failed, steps_cancelled = c.cancelled
  from (
    select count(*) filter (where s.state in ('complete', 'resolved_manually')) as done,
      count(*) filter (where s.state = 'error') as failed, count(*) filter (where s.state = 'cancelled') as cancelled
    from tasker.steps s where s.task_uuid = p_task
  ) c
  where t.task_uuid = p_task;
  perform tasker.tell_watchers(array[p_task]);
  return jsonb_build_object('status', 'applied', 'namespace', v_namespace,
    'state', (select t.state from tasker.tasks t where t.task_uuid = p_task));
end $$;

-- Tells the workers of a namespace, at commit, that a task or step they may be running is theirs no more.
create function tasker.tell_workers(p_namespace text, p_task uuid) returns void
language sql
as $$ select pg_notify('tasker_lease_lost.' || p_namespace, p_task::text) $$;

-- An operator's fix of one step: reset_for_retry (a failed step runs again, attempts from zero), complete_manually (with
-- p_result, and p_metadata for the log), resolve_manually (no result). The task moves on at once.
-- Returns {status: applied | not_found | refused, state, settled: [{task_uuid, namespace, state}]}.
create function tasker.resolve_step(p_step uuid, p_event tasker.step_event, p_result jsonb, p_metadata jsonb, p_actor text, p_reason text)
returns jsonb
language plpgsql
as $$
declare
  v_step tasker.steps;
  v_task tasker.tasks;
  v_state tasker.step_state;
  v_readied integer := 0;
  v_change tasker.task_change;
  v_settled jsonb;
begin
  select * into v_task from tasker.tasks t
  where t.task_uuid = (select s.task_uuid from tasker.steps s where s.step_uuid = p_step) for no key update;
  if not found then
    return jsonb_build_object('status', 'not_found');
  end if;
  select * into v_step from tasker.steps s where s.step_uuid = p_step for no key update;
  -- A task that waits for admission has not begun. One that timed out cannot go on: its other steps were cancelled, and it
  -- would complete without them.
  if v_task.state in ('pending', 'complete', 'cancelled', 'resolved_manually') or v_task.steps_cancelled > 0 then
    return jsonb_build_object('status', 'refused', 'state', v_step.state, 'task_state', v_task.state);
  end if;
  v_state := tasker.move_step(p_step, p_event, p_actor, p_reason,
    p_detail => case when p_metadata is not null then jsonb_build_object('metadata', p_metadata) end);
  if v_state is null then
    return jsonb_build_object('status', 'refused', 'state', v_step.state, 'task_state', v_task.state);
  end if;

  v_change := (v_task.task_uuid,
    case when v_step.state in ('enqueued', 'in_progress', 'enqueued_for_orchestration', 'enqueued_as_error_for_orchestration')
      then -1 else 0 end,
    0, case v_step.state when 'waiting_for_retry' then -1 else 0 end, case v_step.state when 'error' then -1 else 0 end, 0, 0);
  if p_event = 'reset_for_retry' then
    update tasker.steps s set attempts = 0, error = null, worker_id = null where s.step_uuid = p_step;
    if v_step.unmet_parents = 0 then
      v_state := tasker.move_step(p_step, 'enqueue', p_actor);
      perform tasker.send_step_messages(array[p_step], true);
      v_readied := 1;
    end if;
  else
    v_change.done := 1;
    if p_event = 'complete_manually' then
      update tasker.steps s set result = p_result, error = null where s.step_uuid = p_step;
    end if;
    v_readied := coalesce(cardinality(tasker.release_children(
      array(select tasker.step_id(v_step.task_uuid, c) from unnest(v_step.child_nos) as c), p_actor, true)), 0);
  end if;
  v_change.active := v_change.active + v_readied;
  v_change.readied := v_readied;
  v_settled := tasker.settle_tasks(array[v_change], 'operator', p_actor, p_reason);
  if v_step.state = 'in_progress' then
    perform tasker.tell_workers(v_task.namespace, v_task.task_uuid);
  end if;
  return jsonb_build_object('status', 'applied', 'state', v_state, 'settled', v_settled);
end $$;
