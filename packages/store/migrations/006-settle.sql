-- What follows from steps that moved: their children are released, and their task goes where its counts lead.

create type tasker.task_hop as (from_state tasker.task_state, event tasker.task_event, to_state tasker.task_state);

-- How a set of a task's steps moved, summed; readied counts the steps enqueued by the same change.
create type tasker.task_change as (
  task_uuid uuid, active integer, done integer, retrying integer, failed integer, cancelled integer, readied integer
);

-- Tells steps that a parent is done, once for each time that p_children names them; those without unmet parents are enqueued.
-- Returns the steps enqueued. The tasks must be held: nobody else touches a step that waits for parents.
create function tasker.release_children(p_children uuid[], p_actor text, p_wake boolean) returns uuid[]
language plpgsql
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_readied uuid[];
  v_child record;
begin
  if cardinality(p_children) = 1 then
    update tasker.steps s
    set unmet_parents = s.unmet_parents - 1,
      state = case when s.unmet_parents = 1 and s.state = 'pending' then 'enqueued' else s.state end, updated_at = v_at
    where s.step_uuid = p_children[1]
    returning s.task_uuid, s.attempts, s.unmet_parents = 0 and s.state = 'enqueued' as readied into v_child;
    if v_child.readied then
      insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
      values (p_children[1], v_child.task_uuid, 'pending', 'enqueue', 'enqueued', v_child.attempts, v_at, p_actor);
      perform tasker.send_step_messages(p_children, p_wake);
      return p_children;
    end if;
    return null;
  end if;
  with child as (
    update tasker.steps s
    set unmet_parents = s.unmet_parents - f.parents,
      state = case when s.unmet_parents = f.parents and s.state = 'pending' then 'enqueued' else s.state end,
      updated_at = v_at
    from (select c, count(*)::integer from unnest(p_children) as c group by c) d (step_uuid, parents),
      lateral (
        select s.ctid as row, d.parents from tasker.steps s where s.step_uuid = d.step_uuid offset 0) f
    where s.ctid = f.row
    returning s.task_uuid, s.step_uuid, s.attempts, s.unmet_parents = 0 and s.state = 'enqueued' as readied
  ), logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
    select c.step_uuid, c.task_uuid, 'pending', 'enqueue', 'enqueued', c.attempts, v_at, p_actor from child c where c.readied
  )
  select array_agg(c.step_uuid) into v_readied from child c where c.readied;
  if v_readied is not null then
    perform tasker.send_step_messages(v_readied, p_wake);
  end if;
  return v_readied;
end $$;

-- The transitions a task makes after a change of its steps; empty when it stays where it is. p_evaluation is
-- where it goes from evaluating_results. One expression, so that the planner inlines it: called, it cost more than the update.
-- p_cause: result (steps finished), failure (all that was reported failed), retry (a retry came due), operator.
create function tasker.task_path(
  p_from tasker.task_state, p_cause text, p_active integer, p_retrying integer, p_failed integer,
  p_evaluation tasker.task_hop[]
) returns tasker.task_hop[]
language sql immutable parallel safe
as $$
  select case p_from
    when 'steps_in_process' then case
      when p_cause = 'failure' and p_active = 0 and p_retrying > 0 then
        '{"(steps_in_process,step_failed,waiting_for_retry)"}'
      when p_cause in ('result', 'failure') then
        '{"(steps_in_process,step_completed,evaluating_results)"}'::tasker.task_hop[]
          || p_evaluation
      when p_active > 0 then '{}'
      else '{"(steps_in_process,all_steps_completed,evaluating_results)"}'::tasker.task_hop[]
        || p_evaluation
    end
    when 'waiting_for_retry' then case
      when p_active > 0 then
        '{"(waiting_for_retry,retry_ready,enqueuing_steps)","(enqueuing_steps,steps_enqueued,steps_in_process)"}'
      when p_retrying > 0 then '{}'
      else array['(waiting_for_retry,retry_ready,enqueuing_steps)', '(enqueuing_steps,steps_enqueued,steps_in_process)',
        '(steps_in_process,all_steps_completed,evaluating_results)']::tasker.task_hop[]
          || p_evaluation
    end
    when 'waiting_for_dependencies' then
      '{"(waiting_for_dependencies,dependencies_ready,evaluating_results)"}'::tasker.task_hop[]
        || p_evaluation
    when 'blocked_by_failures' then case
      when p_active = 0 and p_retrying = 0 and p_failed > 0 then '{}'
      else '{"(blocked_by_failures,operator_fixed_step,evaluating_results)"}'::tasker.task_hop[]
        || p_evaluation
    end
    when 'error' then '{"(error,reset,evaluating_results)"}'::tasker.task_hop[]
      || p_evaluation
    else '{}'
  end::tasker.task_hop[]
$$;

-- Where a task goes from evaluating_results; p_readied counts the steps that the same change enqueued.
create function tasker.task_evaluation(
  p_readied integer, p_active integer, p_unfinished integer, p_retrying integer, p_failed integer
) returns tasker.task_hop[]
language sql immutable parallel safe
as $$
  select case
    when p_readied > 0 then
      '{"(evaluating_results,ready_steps_found,enqueuing_steps)","(enqueuing_steps,steps_enqueued,steps_in_process)"}'
        ::tasker.task_hop[] -- typed here, a constant; a cast of the whole case would parse the text for each task
    when p_active > 0 then '{"(evaluating_results,steps_still_running,steps_in_process)"}'
    when p_unfinished = 0 then '{"(evaluating_results,all_steps_successful,complete)"}'
    when p_retrying > 0 then '{"(evaluating_results,only_retries_pending,waiting_for_retry)"}'
    when p_failed > 0 then '{"(evaluating_results,permanent_failure,blocked_by_failures)"}'
    else '{"(evaluating_results,no_dependencies_ready,waiting_for_dependencies)"}'
  end
$$;

-- What tasker.settle_tasks does, for one task.
create function tasker.settle_task(p_change tasker.task_change, p_cause text, p_actor text, p_reason text) returns jsonb
language plpgsql
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_task record;
  v_active integer;
  v_done integer;
  v_retrying integer;
  v_failed integer;
  v_cancelled integer;
  v_evaluation tasker.task_hop[];
  v_path tasker.task_hop[];
  v_state tasker.task_state;
begin
  select t.namespace, t.state, t.steps_total, t.steps_active, t.steps_done, t.steps_retrying, t.steps_failed, t.steps_cancelled,
    exists (select from tasker.task_watches) as is_watched
  into v_task
  from tasker.tasks t where t.task_uuid = p_change.task_uuid;
  v_active := v_task.steps_active + p_change.active;
  v_done := v_task.steps_done + p_change.done;
  v_retrying := v_task.steps_retrying + p_change.retrying;
  v_failed := v_task.steps_failed + p_change.failed;
  v_cancelled := v_task.steps_cancelled + p_change.cancelled;
  v_evaluation := tasker.task_evaluation(
    p_change.readied, v_active, v_task.steps_total - v_done - v_cancelled, v_retrying, v_failed);
  v_path := tasker.task_path(v_task.state, p_cause, v_active, v_retrying, v_failed, v_evaluation);
  v_state := coalesce((v_path[cardinality(v_path)]).to_state, v_task.state);
  update tasker.tasks t
  set steps_active = v_active, steps_done = v_done, steps_retrying = v_retrying, steps_failed = v_failed,
    steps_cancelled = v_cancelled, state = v_state, updated_at = v_at,
    completed_at = case when cardinality(v_path) = 0 then t.completed_at when v_state = 'complete' then v_at end
  where t.task_uuid = p_change.task_uuid;
  insert into tasker.task_transitions (task_uuid, from_state, event, to_state, at, actor, reason)
  select p_change.task_uuid, h.from_state, h.event, h.to_state, v_at, p_actor, p_reason
  from unnest(v_path) with ordinality as h (from_state, event, to_state, position)
  order by h.position;
  if v_task.is_watched then
    perform tasker.tell_watchers(array[p_change.task_uuid]);
  end if;
  if v_state in ('complete', 'blocked_by_failures') then
    return jsonb_build_array(
      jsonb_build_object('task_uuid', p_change.task_uuid, 'namespace', v_task.namespace, 'state', v_state));
  end if;
  return '[]';
end $$;

-- Adds the changes to the tasks' counts, moves the tasks where the counts lead and logs every hop.
-- Returns the tasks that reached a state in which nothing runs any more: [{task_uuid, namespace, state}]. The tasks must be held.
create function tasker.settle_tasks(p_changes tasker.task_change[], p_cause text, p_actor text, p_reason text default null)
returns jsonb
language plpgsql
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_settled jsonb;
  v_is_watched boolean;
begin
  if cardinality(p_changes) = 1 then
    return tasker.settle_task(p_changes[1], p_cause, p_actor, p_reason);
  end if;
  with decided as materialized (
    select e.task_uuid, e.row, e.active, e.done, e.retrying, e.failed, e.cancelled,
      tasker.task_path(e.state, p_cause, e.active, e.retrying, e.failed, e.evaluation) as path
    from (
      select n.*, tasker.task_evaluation(n.readied, n.active, n.unfinished, n.retrying, n.failed) as evaluation
      from (
        select c.task_uuid, c.readied, t.row, t.state, t.steps_active + c.active as active, t.steps_done + c.done as done,
          t.steps_retrying + c.retrying as retrying, t.steps_failed + c.failed as failed,
          t.steps_cancelled + c.cancelled as cancelled,
          t.steps_total - t.steps_done - c.done - t.steps_cancelled - c.cancelled as unfinished
        from unnest(p_changes) as c,
          lateral (
            select t.ctid as row, t.state, t.steps_total, t.steps_active, t.steps_done, t.steps_retrying, t.steps_failed,
              t.steps_cancelled
            from tasker.tasks t where t.task_uuid = c.task_uuid offset 0) t
        offset 0) n
      offset 0) e
  ), moved as (
    update tasker.tasks t
    set steps_active = d.active, steps_done = d.done, steps_retrying = d.retrying, steps_failed = d.failed,
      steps_cancelled = d.cancelled, state = coalesce((d.path[cardinality(d.path)]).to_state, t.state), updated_at = v_at,
      completed_at = case when cardinality(d.path) = 0 then t.completed_at
        when (d.path[cardinality(d.path)]).to_state = 'complete' then v_at end
    from decided d
    where t.ctid = d.row
    returning t.task_uuid, t.namespace, t.state
  ), logged as (
    insert into tasker.task_transitions (task_uuid, from_state, event, to_state, at, actor, reason)
    select d.task_uuid, h.from_state, h.event, h.to_state, v_at, p_actor, p_reason
    from decided d, unnest(d.path) with ordinality as h (from_state, event, to_state, position)
    order by d.task_uuid, h.position
  )
  select jsonb_agg(jsonb_build_object('task_uuid', m.task_uuid, 'namespace', m.namespace, 'state', m.state)),
    exists (select from tasker.task_watches)
  into v_settled, v_is_watched
  from moved m where m.state in ('complete', 'blocked_by_failures');
  if v_is_watched then
    perform tasker.tell_watchers(array(select c.task_uuid from unnest(p_changes) as c));
  end if;
  return coalesce(v_settled, '[]');
end $$;
