-- The worker's other stages: report, renew, hand back.

-- Stores outcomes and tells orchestration. Fenced by worker and attempt: an outcome of anybody else changes nothing.
-- p_reports: array of {step_uuid, attempt, result | error, metadata, execution_ms}; one of result and error is there.
-- Returns the steps whose outcome was accepted.
create function tasker.report_steps(p_worker text, p_reports jsonb, p_wake boolean) returns setof uuid
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_at timestamptz;
  v_report jsonb := p_reports -> 0;
  v_error jsonb;
  v_step record;
  v_accepted uuid[];
  v_messages jsonb[];
  v_is_watched boolean;
begin
  if jsonb_array_length(p_reports) = 1 then
    v_at := clock_timestamp();
    v_error := nullif(v_report -> 'error', 'null');
    update tasker.steps s
    set state = (case when v_error is null then 'enqueued_for_orchestration' else 'enqueued_as_error_for_orchestration' end)
        ::tasker.step_state,
      result = case when v_error is null then nullif(v_report -> 'result', 'null') else s.result end, error = v_error,
      due_at = null, updated_at = v_at, last_failure_at = case when v_error is null then s.last_failure_at else v_at end
    where s.step_uuid = (v_report ->> 'step_uuid')::uuid and s.attempts = (v_report ->> 'attempt')::integer
      and s.worker_id = p_worker and s.state = 'in_progress'
    returning s.step_uuid, s.task_uuid, s.attempts, s.state into v_step;
    if found then
      insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason, detail)
      values (v_step.step_uuid, v_step.task_uuid, 'in_progress',
        (case when v_error is null then 'enqueue_for_orchestration' else 'enqueue_as_error_for_orchestration' end)
          ::tasker.step_event,
        v_step.state, v_step.attempts, v_at, p_worker, v_error ->> 'message',
        jsonb_strip_nulls(v_report - '{step_uuid,attempt,result}'::text[]));
      select array[v_step.step_uuid],
        array[tasker.step_message(t.task_uuid, v_step.step_uuid, t.correlation_id, t.traceparent)],
        exists (select from tasker.task_watches)
      into v_accepted, v_messages, v_is_watched
      from tasker.tasks t where t.task_uuid = v_step.task_uuid;
    end if;
  else
    perform tasker.lock_steps(
      array(select (r ->> 'step_uuid')::uuid from jsonb_array_elements(p_reports) as r), 'in_progress');
    v_at := clock_timestamp();
    with report as (
      select r.*, s.row
      from jsonb_to_recordset(p_reports) as r (
          step_uuid uuid, attempt integer, result jsonb, error jsonb, metadata jsonb, execution_ms integer),
        lateral (
          select s.ctid as row from tasker.steps s
          where s.step_uuid = r.step_uuid and s.attempts = r.attempt and s.worker_id = p_worker and s.state = 'in_progress'
          offset 0) s
    ), reported as (
      update tasker.steps s
      set state = (case when r.error is null then 'enqueued_for_orchestration' else 'enqueued_as_error_for_orchestration' end)
          ::tasker.step_state,
        result = case when r.error is null then r.result else s.result end, error = r.error, due_at = null, updated_at = v_at,
        last_failure_at = case when r.error is null then s.last_failure_at else v_at end
      from report r
      where s.ctid = r.row
      returning s.step_uuid, s.task_uuid, s.attempts, s.state, s.error, r.metadata, r.execution_ms
    ), logged as (
      insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason, detail)
      select r.step_uuid, r.task_uuid, 'in_progress',
        (case when r.error is null then 'enqueue_for_orchestration' else 'enqueue_as_error_for_orchestration' end)
          ::tasker.step_event,
        r.state, r.attempts, v_at, p_worker, r.error ->> 'message',
        jsonb_strip_nulls(jsonb_build_object('execution_ms', r.execution_ms, 'metadata', r.metadata, 'error', r.error))
      from reported r
    )
    select array_agg(r.step_uuid), array_agg(tasker.step_message(r.task_uuid, r.step_uuid, t.correlation_id, t.traceparent)),
      exists (select from tasker.task_watches)
    into v_accepted, v_messages, v_is_watched
    from reported r,
      lateral (select t.correlation_id, t.traceparent from tasker.tasks t where t.task_uuid = r.task_uuid offset 0) t;
  end if;
  if v_accepted is not null then
    perform tasker.push_messages('orchestration_step_results', v_messages);
    if p_wake then
      perform pg_notify('pgmq_message_ready.orchestration', 'orchestration_step_results');
    end if;
    if v_is_watched then
      perform tasker.tell_watchers(v_accepted);
    end if;
    return query select unnest(v_accepted);
  end if;
end $$;

-- Renews leases; returns the steps that the worker does not hold any more (cancelled, recovered, taken over).
create function tasker.renew_leases(p_worker text, p_steps uuid[], p_attempts integer[], p_lease_ms integer) returns setof uuid
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform tasker.lock_steps(p_steps, 'in_progress');
  return query
  with held as (
    update tasker.steps s
    set due_at = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
    from unnest(p_steps, p_attempts) as h (step_uuid, attempt),
      lateral (
        select s.ctid as row from tasker.steps s
        where s.step_uuid = h.step_uuid and s.attempts = h.attempt and s.worker_id = p_worker and s.state = 'in_progress'
        offset 0) l
    where s.ctid = l.row
    returning s.step_uuid
  )
  select h.step_uuid from unnest(p_steps) as h (step_uuid) except select held.step_uuid from held;
end $$;

-- Hands back steps of a worker that stops: each is enqueued again at once, and the attempt does not count.
-- To the task nothing changes, so its row is not touched. Returns how many were still held.
create function tasker.release_steps(p_worker text, p_steps uuid[], p_attempts integer[]) returns integer
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_at timestamptz;
  v_released uuid[];
begin
  perform tasker.lock_steps(p_steps, 'in_progress');
  v_at := clock_timestamp();
  with released as (
    update tasker.steps s
    set state = 'enqueued', due_at = null, attempts = s.attempts - 1, worker_id = null, updated_at = v_at
    from unnest(p_steps, p_attempts) as h (step_uuid, attempt),
      lateral (
        select s.ctid as row from tasker.steps s
        where s.step_uuid = h.step_uuid and s.attempts = h.attempt and s.worker_id = p_worker and s.state = 'in_progress'
        offset 0) l
    where s.ctid = l.row
    returning s.step_uuid, s.task_uuid, h.attempt
  ), logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor, reason)
    select r.step_uuid, r.task_uuid, h.from_state, h.event, h.to_state, r.attempt, v_at, p_worker,
      'handed back by a worker that stops; the attempt does not count'
    from released r, (values
      (1, 'in_progress'::tasker.step_state, 'lease_expired'::tasker.step_event, 'waiting_for_retry'::tasker.step_state),
      (2, 'waiting_for_retry', 'retry', 'pending'),
      (3, 'pending', 'enqueue', 'enqueued')) as h (position, from_state, event, to_state)
    order by r.step_uuid, h.position
  )
  select array_agg(r.step_uuid) into v_released from released r;
  if v_released is not null then
    perform tasker.send_step_messages(v_released, true);
    perform tasker.tell_watchers(v_released);
  end if;
  return coalesce(cardinality(v_released), 0);
end $$;
