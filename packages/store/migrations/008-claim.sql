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
    if v_steps is null and cardinality(v_messages) = 1 and tasker.names_step(v_messages[1]) then
      return array[(v_messages[1] ->> 'step_uuid')::uuid];
    end if;
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

-- A step as its worker gets it.
create type tasker.claimed_step as (
  step_uuid uuid, task_uuid uuid, name text, attempts integer, max_attempts integer, retryable boolean, inputs jsonb,
  checkpoint jsonb, correlation_id uuid, traceparent text, context jsonb, namespace text, task_name text,
  task_version text, handler jsonb, timeout_ms integer, dependency_results jsonb
);

-- What the steps p_nos of a task have given. The planner puts its text in the place of a call.
create function tasker.results_of(p_task uuid, p_nos integer[]) returns table (name text, result jsonb)
language sql stable
as $$
  select s.name, s.result
  from unnest(p_nos) as n,
    lateral (select s.name, s.result, s.state from tasker.steps s where s.step_uuid = tasker.step_id(p_task, n) offset 0) s
  where s.state in ('complete', 'resolved_manually')
$$;

-- What tasker.claim_steps does with a step; null when it is not enqueued.
create function tasker.claim_step(p_step uuid, p_worker text, p_lease_ms integer) returns tasker.claimed_step
language plpgsql
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_step tasker.claimed_step;
  v_no integer;
  v_template uuid;
  v_nos integer[];
  v_is_watched boolean;
begin
  update tasker.steps s
  set state = 'in_progress', attempts = s.attempts + 1, worker_id = p_worker, last_attempted_at = v_at, updated_at = v_at,
    due_at = v_at + make_interval(secs => p_lease_ms / 1000.0)
  where s.step_uuid = p_step and s.state = 'enqueued'
  returning s.step_uuid, s.task_uuid, s.step_no, s.name, s.attempts, s.max_attempts, s.retryable, s.inputs, s.checkpoint
  into v_step.step_uuid, v_step.task_uuid, v_no, v_step.name, v_step.attempts, v_step.max_attempts, v_step.retryable,
    v_step.inputs, v_step.checkpoint;
  if not found then
    return null;
  end if;
  insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
  values (p_step, v_step.task_uuid, 'enqueued', 'start', 'in_progress', v_step.attempts, v_at, p_worker);
  select t.template_uuid, t.correlation_id, t.traceparent, t.context, t.namespace, exists (select from tasker.task_watches)
  into v_template, v_step.correlation_id, v_step.traceparent, v_step.context, v_step.namespace, v_is_watched
  from tasker.tasks t where t.task_uuid = v_step.task_uuid;
  select tt.name, tt.version into v_step.task_name, v_step.task_version
  from tasker.task_templates tt where tt.template_uuid = v_template;
  select d.handler, d.timeout_ms, case when cardinality(d.parent_nos) > 0 then d.parent_nos || d.ancestor_nos end
  into v_step.handler, v_step.timeout_ms, v_nos
  from tasker.template_steps d where d.template_uuid = v_template and d.step_no = v_no;
  if v_nos is not null then
    select jsonb_object_agg(r.name, r.result) into v_step.dependency_results
    from tasker.results_of(v_step.task_uuid, v_nos) r;
  end if;
  if v_is_watched then
    perform tasker.tell_watchers(array[p_step]);
  end if;
  return v_step;
end $$;

-- Takes messages and leases: message deleted, step in_progress, attempt counted, in one transaction. The lease is the only
-- clock from here on: when it ends unreported, recovery takes the step back. Messages of steps that are not enqueued
-- (cancelled, delivered twice) are dropped and made up for: fewer steps than p_max mean that the queue has no more.
-- p_given: the steps that messages of a broker name; then no queue is read. Null where the queue is a table.
create function tasker.claim_steps(
  p_queue text, p_worker text, p_max integer, p_lease_ms integer, p_given uuid[] default null)
returns setof tasker.claimed_step
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_left integer := p_max;
  v_steps uuid[];
  v_rows tid[];
  v_held uuid[];
  v_is_repeatable boolean;
  v_has_last_attempt boolean := false;
  v_is_watched boolean;
  v_step tasker.claimed_step;
  v_claimed integer;
  v_at timestamptz;
begin
  loop
    v_steps := coalesce(p_given, tasker.take_step_messages(p_queue, v_left));
    exit when v_steps is null;
    if cardinality(v_steps) = 1 then
      v_step := tasker.claim_step(v_steps[1], p_worker, p_lease_ms);
      v_claimed := 0;
      if v_step.step_uuid is not null then
        v_claimed := 1;
        v_is_repeatable := v_step.retryable and v_step.attempts < v_step.max_attempts;
        return next v_step;
      end if;
    else
      select array_agg(l.row), array_agg(l.step_uuid), bool_and(l.retryable and l.attempts + 1 < l.max_attempts),
        exists (select from tasker.task_watches)
      into v_rows, v_held, v_is_repeatable, v_is_watched
      from (select s from unnest(v_steps) as s order by s) i (step_uuid),
        lateral (
          select s.ctid as row, s.step_uuid, s.retryable, s.attempts, s.max_attempts from tasker.steps s
          where s.step_uuid = i.step_uuid and s.state = 'enqueued' for no key update) l;
      v_at := clock_timestamp();
      return query
      with claimed as (
        update tasker.steps s
        set state = 'in_progress', attempts = s.attempts + 1, worker_id = p_worker, last_attempted_at = v_at, updated_at = v_at,
          due_at = v_at + make_interval(secs => p_lease_ms / 1000.0)
        where s.ctid = any (v_rows)
        returning s.step_uuid, s.task_uuid, s.step_no, s.name, s.attempts, s.max_attempts, s.retryable, s.inputs, s.checkpoint
      ), logged as (
        insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
        select c.step_uuid, c.task_uuid, 'enqueued', 'start', 'in_progress', c.attempts, v_at, p_worker from claimed c
      )
      select c.step_uuid, c.task_uuid, c.name, c.attempts, c.max_attempts, c.retryable, c.inputs, c.checkpoint,
        t.correlation_id, t.traceparent, t.context, t.namespace, tt.name, tt.version, d.handler, d.timeout_ms,
        case when cardinality(d.parent_nos) > 0 then (
          select jsonb_object_agg(r.name, r.result) from tasker.results_of(c.task_uuid, d.parent_nos || d.ancestor_nos) r) end
      from claimed c
      cross join lateral (
        select t.template_uuid, t.correlation_id, t.traceparent, t.context, t.namespace from tasker.tasks t
        where t.task_uuid = c.task_uuid offset 0) t
      join tasker.task_templates tt on tt.template_uuid = t.template_uuid
      join tasker.template_steps d on d.template_uuid = t.template_uuid and d.step_no = c.step_no;
      get diagnostics v_claimed = row_count;
      if v_is_watched then
        perform tasker.tell_watchers(v_held);
      end if;
    end if;
    v_has_last_attempt := v_has_last_attempt or not coalesce(v_is_repeatable, true);
    v_left := v_left - v_claimed;
    exit when p_given is not null or v_claimed = cardinality(v_steps);
  end loop;
  -- The messages of a broker are acknowledged after the commit, and do not come back with a claim that was lost.
  if p_given is null and not v_has_last_attempt then
    perform tasker.relax_commit();
  end if;
end $$;
