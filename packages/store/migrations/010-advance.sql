-- Orchestration's stages: results are applied, children enqueued, tasks finalized; failures are decided outside (the rules
-- are in @tasker/workflow) and applied here.

-- A failed step as the decision needs it.
create type tasker.undecided_step as (
  step_uuid uuid, task_uuid uuid, namespace text, attempt integer, max_attempts integer, retryable boolean, backoff jsonb,
  state tasker.step_state, error jsonb
);

create function tasker.describe_undecided(p_steps uuid[]) returns setof tasker.undecided_step
language sql stable
as $$
  select s.step_uuid, s.task_uuid, t.namespace, s.attempts, s.max_attempts, s.retryable, d.backoff, s.state, s.error
  from unnest(p_steps) as i (step_uuid)
  cross join lateral (select s.* from tasker.steps s where s.step_uuid = i.step_uuid offset 0) s
  cross join lateral (select t.* from tasker.tasks t where t.task_uuid = s.task_uuid offset 0) t
  join tasker.template_steps d on d.template_uuid = t.template_uuid and d.step_no = s.step_no
  where s.state in ('enqueued_as_error_for_orchestration', 'in_progress')
$$;

-- Applies the results of steps: successes complete, their children are enqueued, their tasks settled.
-- Failures are returned undecided; each gets a due time, so that recovery asks again should the decision never come.
-- Returns {taken, completed, settled: [{task_uuid, namespace, state}], undecided: [...]}.
create function tasker.advance_steps(p_steps uuid[], p_actor text, p_decision_ms integer, p_wake boolean) returns jsonb
language plpgsql
as $$
declare
  v_at timestamptz;
  v_step record;
  v_done uuid[];
  v_children uuid[];
  v_readied uuid[];
  v_undecided jsonb := '[]';
  v_changes tasker.task_change[];
  v_settled jsonb := '[]';
begin
  perform tasker.lock_tasks_of(p_steps);
  v_at := clock_timestamp();

  if cardinality(p_steps) = 1 then
    update tasker.steps s
    set state = 'complete', completed_at = v_at, updated_at = v_at
    where s.step_uuid = p_steps[1] and s.state = 'enqueued_for_orchestration'
    returning s.task_uuid, s.attempts, s.child_nos into v_step;
    if found then
      insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
      values (p_steps[1], v_step.task_uuid, 'enqueued_for_orchestration', 'complete', 'complete', v_step.attempts, v_at, p_actor);
      v_done := p_steps;
      select array_agg(tasker.step_id(v_step.task_uuid, c)) into v_children from unnest(v_step.child_nos) as c;
    end if;
  else
    with done as (
      update tasker.steps s
      set state = 'complete', completed_at = v_at, updated_at = v_at
      where s.step_uuid = any (p_steps) and s.state = 'enqueued_for_orchestration'
      returning s.step_uuid, s.task_uuid, s.attempts, s.child_nos
    ), logged as (
      insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
      select d.step_uuid, d.task_uuid, 'enqueued_for_orchestration', 'complete', 'complete', d.attempts, v_at, p_actor from done d
    )
    select array_agg(d.step_uuid), (select array_agg(tasker.step_id(d.task_uuid, c)) from done d, unnest(d.child_nos) as c)
    into v_done, v_children
    from done d;
  end if;

  if coalesce(cardinality(v_done), 0) < cardinality(p_steps) then
    update tasker.steps s set due_at = coalesce(s.due_at, v_at + make_interval(secs => p_decision_ms / 1000.0))
    where s.step_uuid = any (p_steps) and s.state = 'enqueued_as_error_for_orchestration';
    select coalesce(jsonb_agg(to_jsonb(u)), '[]') into v_undecided from tasker.describe_undecided(p_steps) u
    where u.state = 'enqueued_as_error_for_orchestration';
  end if;

  if v_done is not null then
    if v_children is not null then
      v_readied := tasker.release_children(v_children, p_actor, p_wake);
    end if;
    if cardinality(v_done) = 1 then
      v_changes := array[(tasker.task_of(v_done[1]), coalesce(cardinality(v_readied), 0) - 1, 1, 0, 0, 0,
        coalesce(cardinality(v_readied), 0))::tasker.task_change];
    else
      select array_agg((c.task_uuid, c.readied - c.done, c.done, 0, 0, 0, c.readied)::tasker.task_change order by c.task_uuid)
      into v_changes
      from (
        select tasker.task_of(m.step_uuid), (count(*) filter (where m.position <= cardinality(v_done)))::integer,
          (count(*) filter (where m.position > cardinality(v_done)))::integer
        from unnest(v_done || v_readied) with ordinality as m (step_uuid, position)
        group by 1
      ) c (task_uuid, done, readied);
    end if;
    v_settled := tasker.settle_tasks(v_changes, 'result', p_actor);
  end if;

  return jsonb_build_object('taken', cardinality(p_steps), 'completed', coalesce(cardinality(v_done), 0),
    'settled', v_settled, 'undecided', v_undecided);
end $$;

-- Takes up to p_max result messages and applies them all, or none when one of them cannot be applied.
-- p_given: the steps that messages of a broker name; then no queue is read. Null where the queue is a table.
-- Returns what tasker.advance_steps does; nothing to do: taken = 0.
create function tasker.advance_results(
  p_max integer, p_actor text, p_decision_ms integer, p_wake boolean, p_given uuid[] default null)
returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_steps uuid[] := coalesce(p_given, tasker.take_step_messages('orchestration_step_results', p_max));
  v_outcome jsonb;
begin
  if v_steps is null then
    return jsonb_build_object('taken', 0, 'completed', 0, 'settled', '[]'::jsonb, 'undecided', '[]'::jsonb);
  end if;
  v_outcome := tasker.advance_steps(v_steps, p_actor, p_decision_ms, p_wake);
  -- The messages of a broker are acknowledged after the commit, and do not come back with an outcome that was lost.
  if p_given is null and v_outcome -> 'settled' = '[]' then
    perform tasker.relax_commit();
  end if;
  return v_outcome;
end $$;

-- For a batch that cannot be applied as a whole: takes up to p_max result messages and applies each by itself. One that fails
-- alone goes to the dead-letter queue with the error, so that it does not hold up the others for ever.
-- p_given as in tasker.advance_results. Returns what tasker.advance_steps does, summed, and dead_lettered: the errors.
create function tasker.advance_results_singly(
  p_max integer, p_actor text, p_decision_ms integer, p_wake boolean, p_given uuid[] default null)
returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_steps uuid[] := coalesce(p_given, tasker.take_step_messages('orchestration_step_results', p_max), '{}');
  v_step uuid;
  v_one jsonb;
  v_completed integer := 0;
  v_settled jsonb := '[]';
  v_undecided jsonb := '[]';
  v_errors text[] := '{}';
begin
  -- In order, before the loop takes them one by one in the order of the messages.
  perform tasker.lock_tasks_of(v_steps);
  foreach v_step in array v_steps loop
    begin
      v_one := tasker.advance_steps(array[v_step], p_actor, p_decision_ms, p_wake);
      v_completed := v_completed + (v_one ->> 'completed')::integer;
      v_settled := v_settled || (v_one -> 'settled');
      v_undecided := v_undecided || (v_one -> 'undecided');
    exception
      -- These say nothing about the result: the messages stay, and the next round tries them again.
      when deadlock_detected or lock_not_available or serialization_failure then raise;
      when others then
        v_errors := v_errors || sqlerrm;
        perform tasker.dead_letter('orchestration_step_results', jsonb_build_object('step_uuid', v_step), sqlerrm);
    end;
  end loop;
  return jsonb_build_object('taken', cardinality(v_steps), 'completed', v_completed, 'settled', v_settled,
    'undecided', v_undecided, 'dead_lettered', to_jsonb(v_errors));
end $$;

-- Applies decisions about failed attempts and expired leases.
-- p_decisions: array of {step_uuid, attempt, lease_expired: boolean, retry: boolean, delay_ms, reason}. A step that has moved on
-- since (other attempt, lease renewed, reported after all, cancelled) is left alone. Returns {applied, next_due_ms, settled}.
create function tasker.decide_failures(p_decisions jsonb, p_actor text) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_steps uuid[];
  v_at timestamptz;
  v_changes tasker.task_change[];
  v_applied integer;
begin
  select array_agg(r.step_uuid) into v_steps from jsonb_to_recordset(p_decisions) as r (step_uuid uuid);
  perform tasker.lock_tasks_of(v_steps);
  perform tasker.lock_steps(v_steps);
  v_at := clock_timestamp();

  with decision as (
    select r.*, s.state as from_state, s.row
    from jsonb_to_recordset(p_decisions) as r (
        step_uuid uuid, attempt integer, lease_expired boolean, retry boolean, delay_ms double precision, reason text),
      lateral (
        select s.ctid as row, s.* from tasker.steps s
        where s.step_uuid = r.step_uuid and s.attempts = r.attempt offset 0) s
    where case when r.lease_expired then s.state = 'in_progress' and s.due_at <= v_at
      else s.state = 'enqueued_as_error_for_orchestration' end
  ), decided as (
    update tasker.steps s
    set state = case when d.retry then 'waiting_for_retry' else 'error' end::tasker.step_state,
      due_at = case when d.retry then v_at + make_interval(secs => d.delay_ms / 1000.0) end,
      worker_id = case when d.from_state = 'in_progress' then null else s.worker_id end,
      error = case when d.from_state = 'in_progress'
        then jsonb_build_object('message', d.reason, 'error_type', 'lease_expired', 'retryable', true) else s.error end,
      last_failure_at = case when d.from_state = 'in_progress' then v_at else s.last_failure_at end, updated_at = v_at
    from decision d
    where s.ctid = d.row
    returning s.step_uuid, s.task_uuid, s.attempts, d.from_state, d.retry, d.reason, s.state
  ), logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason)
    select d.step_uuid, d.task_uuid, d.from_state,
      case when d.from_state = 'in_progress' then 'lease_expired' when d.retry then 'wait_for_retry' else 'fail' end
        ::tasker.step_event,
      d.state, d.attempts, v_at, p_actor, d.reason
    from decided d
  ), change as (
    select d.task_uuid, count(*)::integer as steps, (count(*) filter (where d.retry))::integer as retrying
    from decided d group by d.task_uuid
  )
  select array_agg((c.task_uuid, -c.steps, 0, c.retrying, c.steps - c.retrying, 0, 0)::tasker.task_change order by c.task_uuid),
    sum(c.steps)
  into v_changes, v_applied
  from change c;

  return jsonb_build_object('applied', coalesce(v_applied, 0),
    'settled', tasker.settle_tasks(v_changes, 'failure', p_actor));
end $$;
