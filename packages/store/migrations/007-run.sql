-- The worker's stages: claim, report, renew, hand back. They lock step rows only, in order of id, and only those in the state
-- in which workers hold them: what orchestration updates under the lock of the task is never in their way.

create function tasker.names_step(p_message jsonb) returns boolean
language sql immutable parallel safe
as $$ select coalesce(p_message ->> 'step_uuid' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', false) $$;

-- Puts a message that cannot be used into <queue>_dlq, with the reason, so that somebody can look at it.
create function tasker.dead_letter(p_queue text, p_message jsonb, p_reason text) returns void
language plpgsql
as $$
begin
  perform pgmq.create(p_queue || '_dlq');
  perform pgmq.send(p_queue || '_dlq', p_message, jsonb_build_object('reason', p_reason, 'queue', p_queue));
end $$;

-- Takes up to p_max messages off a queue in the caller's transaction and gives the steps they name: fewer than p_max only
-- when the queue has no more (but see tasker.queue_place), null when it had none. What names no step is dead-lettered and made up for.
-- Casting all at once is the fast path: a check of each message cost four times as much as taking it.
create function tasker.take_step_messages(p_queue text, p_max integer) returns uuid[]
language plpgsql
as $$
declare
  v_messages jsonb[];
  v_named uuid[];
  v_steps uuid[];
begin
  loop
    v_messages := tasker.pop_messages(p_queue, p_max - coalesce(cardinality(v_steps), 0));
    exit when v_messages is null;
    begin
      select array_agg((m ->> 'step_uuid')::uuid) into v_named from unnest(v_messages) as m;
    exception when invalid_text_representation then
      v_named := null;
    end;
    if v_named is not null and array_position(v_named, null) is null then
      return v_steps || v_named;
    end if;
    perform tasker.dead_letter(p_queue, coalesce(m, 'null'), 'the message names no step')
    from unnest(v_messages) as m where not tasker.names_step(m);
    select v_steps || array_agg((m ->> 'step_uuid')::uuid) into v_steps
    from unnest(v_messages) as m where tasker.names_step(m);
  end loop;
  return v_steps;
end $$;

-- Takes messages and leases: message deleted, step in_progress, attempt counted, in one transaction. The lease is the only
-- clock from here on: when it ends unreported, recovery takes the step back. Messages of steps that are not enqueued
-- (cancelled, delivered twice) are dropped and made up for: fewer steps than p_max mean that the queue has no more.
-- p_given: the steps that messages of a broker name; then no queue is read. Null where the queue is a table.
create function tasker.claim_steps(
  p_queue text, p_worker text, p_max integer, p_lease_ms integer, p_given uuid[] default null)
returns table (
  step_uuid uuid, task_uuid uuid, name text, attempts integer, max_attempts integer, retryable boolean, inputs jsonb,
  checkpoint jsonb, correlation_id uuid, traceparent text, context jsonb, namespace text, task_name text,
  task_version text, handler jsonb, timeout_ms integer, dependency_results jsonb
)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_left integer := p_max;
  v_steps uuid[];
  v_is_repeatable boolean;
  v_has_last_attempt boolean := false;
  v_is_watched boolean;
  v_claimed integer;
  v_at timestamptz;
begin
  loop
    v_steps := coalesce(p_given, tasker.take_step_messages(p_queue, v_left));
    exit when v_steps is null;
    select coalesce(bool_and(l.retryable and l.attempts + 1 < l.max_attempts), true),
      exists (select from tasker.task_watches)
    into v_is_repeatable, v_is_watched
    from (select s from unnest(v_steps) as s order by s) i (step_uuid),
      lateral (
        select s.retryable, s.attempts, s.max_attempts from tasker.steps s
        where s.step_uuid = i.step_uuid and s.state = 'enqueued' for no key update) l;
    v_has_last_attempt := v_has_last_attempt or not v_is_repeatable;
    v_at := clock_timestamp();
    return query
    with claimed as (
      update tasker.steps s
      set state = 'in_progress', attempts = s.attempts + 1, worker_id = p_worker, last_attempted_at = v_at, updated_at = v_at,
        due_at = v_at + make_interval(secs => p_lease_ms / 1000.0)
      where s.step_uuid = any (v_steps) and s.state = 'enqueued'
      returning s.step_uuid, s.task_uuid, s.step_no, s.name, s.attempts, s.max_attempts, s.retryable, s.inputs, s.checkpoint
    ), logged as (
      insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
      select c.step_uuid, c.task_uuid, 'enqueued', 'start', 'in_progress', c.attempts, v_at, p_worker from claimed c
    )
    select c.step_uuid, c.task_uuid, c.name, c.attempts, c.max_attempts, c.retryable, c.inputs, c.checkpoint,
      t.correlation_id, t.traceparent, t.context, t.namespace, tt.name, tt.version, d.handler, d.timeout_ms,
      case when cardinality(d.parent_nos) > 0 then (
        select jsonb_object_agg(p.name, p.result)
        from unnest(d.parent_nos || d.ancestor_nos) as n (no),
          lateral (
            select s.* from tasker.steps s where s.step_uuid = tasker.step_id(c.task_uuid, n.no) offset 0) p
        where p.state in ('complete', 'resolved_manually')
      ) end
    from claimed c
    cross join lateral (select t.* from tasker.tasks t where t.task_uuid = c.task_uuid offset 0) t
    join tasker.task_templates tt on tt.template_uuid = t.template_uuid
    join tasker.template_steps d on d.template_uuid = t.template_uuid and d.step_no = c.step_no;
    get diagnostics v_claimed = row_count;
    if v_is_watched then
      perform tasker.tell_watchers(v_steps);
    end if;
    v_left := v_left - v_claimed;
    exit when p_given is not null or v_claimed = cardinality(v_steps);
  end loop;
  -- The messages of a broker are acknowledged after the commit, and do not come back with a claim that was lost.
  if p_given is null and not v_has_last_attempt then
    perform tasker.relax_commit();
  end if;
end $$;

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
  v_accepted uuid[];
  v_messages jsonb[];
  v_is_watched boolean;
begin
  perform tasker.lock_steps(array(select r.step_uuid from jsonb_to_recordset(p_reports) as r (step_uuid uuid)), 'in_progress');
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
  select array_agg(r.step_uuid), array_agg(
    case when t.traceparent is null
      then jsonb_build_object('task_uuid', t.task_uuid, 'step_uuid', r.step_uuid, 'correlation_id', t.correlation_id)
      else jsonb_build_object('task_uuid', t.task_uuid, 'step_uuid', r.step_uuid, 'correlation_id', t.correlation_id,
        'traceparent', t.traceparent) end),
    exists (select from tasker.task_watches)
  into v_accepted, v_messages, v_is_watched
  from reported r, lateral (select t.* from tasker.tasks t where t.task_uuid = r.task_uuid offset 0) t;
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
