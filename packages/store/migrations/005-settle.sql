-- What every stage shares: ids, step messages, wake-ups, releasing children, and settling a task after its steps moved.
--
-- Lock order, everywhere: task rows by task_uuid, then step rows by step_uuid. A function that locks task rows does its
-- work in later statements, because under READ COMMITTED only a new statement sees what the previous holder committed.
-- The stages keep generic plans, because planning each call took longer than running it. A kept plan that was made while the
-- tables were small must not scan them when they are large, so each statement leaves the planner one way only:
-- - no sequential scans, hash or merge joins (settings on the stages, which hold for what they call too);
-- - rows are looked up one by one, by "lateral (… offset 0)" out of the given ids;
-- - rows are updated by the ctid that such a look-up found; they are locked before, so it cannot change in between.

-- The id of step p_no of a task: the task's id with p_no in its last 20 bits, which are zero in a task's id.
create function tasker.step_id(p_task uuid, p_no integer) returns uuid
language sql immutable strict parallel safe
as $$ select (left(p_task::text, 31) || lpad(to_hex(p_no), 5, '0'))::uuid $$;

-- The task whose step p_step is.
create function tasker.task_of(p_step uuid) returns uuid
language sql immutable strict parallel safe
as $$ select (left(p_step::text, 31) || '00000')::uuid $$;

-- Lock the tasks of steps in order of id. Row by row out of the sorted ids: an "order by" on the table would make a scan of its
-- whole index attractive while the table is small, and the plan is kept while it grows.
create function tasker.lock_tasks_of(p_steps uuid[]) returns void
language plpgsql
as $$
begin
  perform 1 from (select distinct tasker.task_of(s) from unnest(p_steps) as s order by 1) i (task_uuid),
    lateral (select from tasker.tasks t where t.task_uuid = i.task_uuid for no key update) locked;
end $$;

-- Lock steps in order of id; only those in p_state, when it is given.
create function tasker.lock_steps(p_steps uuid[], p_state tasker.step_state default null) returns void
language plpgsql
as $$
begin
  perform 1 from (select s from unnest(p_steps) as s order by s) i (step_uuid),
    lateral (
      select from tasker.steps s
      where s.step_uuid = i.step_uuid and (p_state is null or s.state = p_state) for no key update) locked;
end $$;

-- Lets the commit of this transaction not wait for the disk: it is lost when the server crashes before anything later is
-- flushed, with all that came after it. For what would only be done again then: a claim whose step has a further attempt anyway,
-- and results that stay in their queue. What others are told of (a task taken in, a report, an end, a last attempt) waits.
create function tasker.relax_commit() returns void
language plpgsql
as $$
begin
  perform set_config('synchronous_commit', 'off', true);
end $$;

create function tasker.worker_queue(p_namespace text) returns text
language sql immutable strict parallel safe
as $$ select 'worker_' || p_namespace || '_queue' $$;

create type tasker.task_hop as (from_state tasker.task_state, event tasker.task_event, to_state tasker.task_state);

-- How a set of a task's steps moved, summed; readied counts the steps enqueued by the same change.
create type tasker.task_change as (
  task_uuid uuid, active integer, done integer, retrying integer, failed integer, cancelled integer, readied integer
);

-- Sends one message per step to the queue of its namespace.
-- p_wake: also NOTIFY the queue's channel in this transaction (batched stages do; single submissions wake afterwards).
create function tasker.send_step_messages(p_steps uuid[], p_wake boolean) returns void
language plpgsql
as $$
declare
  r record;
begin
  for r in
    select t.namespace, array_agg(
      case when t.traceparent is null
        then jsonb_build_object('task_uuid', t.task_uuid, 'step_uuid', s.step_uuid, 'correlation_id', t.correlation_id)
        else jsonb_build_object('task_uuid', t.task_uuid, 'step_uuid', s.step_uuid, 'correlation_id', t.correlation_id,
          'traceparent', t.traceparent)
      end order by t.priority desc, s.position) as messages
    from unnest(p_steps) with ordinality as s (step_uuid, position),
      lateral (
        select t.* from tasker.tasks t where t.task_uuid = tasker.task_of(s.step_uuid) offset 0) t
    group by t.namespace
  loop
    perform tasker.push_messages(tasker.worker_queue(r.namespace), r.messages);
    if p_wake then
      perform pg_notify('pgmq_message_ready.' || r.namespace, tasker.worker_queue(r.namespace));
    end if;
  end loop;
end $$;

-- Tells the children of finished steps that a parent is done; those without unmet parents are enqueued.
-- Returns the steps enqueued. The tasks must be held: nobody else touches a step that waits for parents.
create function tasker.release_children(p_finished uuid[], p_actor text, p_wake boolean) returns uuid[]
language plpgsql
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_readied uuid[];
begin
  with parent_done as (
    select tasker.step_id(p.task_uuid, c.child_no) as child_uuid, count(*)::integer as parents
    from unnest(p_finished) as f (step_uuid),
      lateral (select s.* from tasker.steps s where s.step_uuid = f.step_uuid offset 0) p,
      unnest(p.child_nos) as c (child_no)
    group by 1
  ), found as (
    select d.*, s.row from parent_done d,
      lateral (select s.ctid as row from tasker.steps s where s.step_uuid = d.child_uuid offset 0) s
  ), child as (
    update tasker.steps s
    set unmet_parents = s.unmet_parents - d.parents,
      state = case when s.unmet_parents = d.parents and s.state = 'pending' then 'enqueued' else s.state end,
      updated_at = v_at
    from found d
    where s.ctid = d.row
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
  with change as materialized (
    select c.*, t.row, t.state, t.steps_active + c.active as now_active, t.steps_retrying + c.retrying as now_retrying,
      t.steps_failed + c.failed as now_failed,
      t.steps_total - t.steps_done - c.done - t.steps_cancelled - c.cancelled as now_unfinished
    from unnest(p_changes) as c,
      lateral (select t.ctid as row, t.* from tasker.tasks t where t.task_uuid = c.task_uuid offset 0) t
  ), evaluated as materialized (
    -- Where the task goes from evaluating_results.
    select c.*, case
        when c.readied > 0 then
          '{"(evaluating_results,ready_steps_found,enqueuing_steps)","(enqueuing_steps,steps_enqueued,steps_in_process)"}'
            ::tasker.task_hop[] -- typed here, a constant; a cast of the whole case would parse the text for each task
        when c.now_active > 0 then '{"(evaluating_results,steps_still_running,steps_in_process)"}'
        when c.now_unfinished = 0 then '{"(evaluating_results,all_steps_successful,complete)"}'
        when c.now_retrying > 0 then '{"(evaluating_results,only_retries_pending,waiting_for_retry)"}'
        when c.now_failed > 0 then '{"(evaluating_results,permanent_failure,blocked_by_failures)"}'
        else '{"(evaluating_results,no_dependencies_ready,waiting_for_dependencies)"}'
      end as evaluation
    from change c
  ), decided as materialized (
    select e.*, tasker.task_path(e.state, p_cause, e.now_active, e.now_retrying, e.now_failed, e.evaluation) as path
    from evaluated e
  ), moved as (
    update tasker.tasks t
    set steps_active = t.steps_active + d.active, steps_done = t.steps_done + d.done,
      steps_retrying = t.steps_retrying + d.retrying, steps_failed = t.steps_failed + d.failed,
      steps_cancelled = t.steps_cancelled + d.cancelled,
      state = coalesce((d.path[cardinality(d.path)]).to_state, t.state), updated_at = v_at,
      completed_at = case (d.path[cardinality(d.path)]).to_state when 'complete' then v_at
        else case when cardinality(d.path) > 0 then null else t.completed_at end end
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
