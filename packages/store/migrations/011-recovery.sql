-- Recovery: what becomes due by the clock. Any orchestrator may run it at any time; several at once share the work.

-- How long until the next step is due, in milliseconds (0 when one is overdue); null when none ever will be.
create function tasker.next_due_ms() returns double precision
language sql stable
set enable_seqscan = off
as $$
  select greatest(0, extract(epoch from (s.due_at - clock_timestamp())) * 1000)
  from tasker.steps s where s.due_at is not null order by s.due_at limit 1
$$;

-- Enqueues retries that are due, and finds attempts that need a decision: leases that ended, decisions that never came.
-- Returns {retried, undecided: [...], next_due_ms}.
create function tasker.recover_due_steps(p_max integer, p_actor text, p_wake boolean) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_due uuid[];
  v_tasks uuid[];
  v_retried uuid[];
  v_changes tasker.task_change[];
  v_at timestamptz := clock_timestamp();
begin
  select array_agg(d.step_uuid) into v_due
  from (select s.step_uuid from tasker.steps s where s.due_at <= v_at order by s.due_at limit p_max) d;
  if v_due is null then
    return jsonb_build_object('retried', 0, 'undecided', '[]'::jsonb, 'next_due_ms', tasker.next_due_ms());
  end if;

  -- A task that another orchestrator holds is being moved by it; the next round sees what is left.
  select array_agg(locked.task_uuid) into v_tasks
  from (select distinct tasker.task_of(s) from unnest(v_due) as s order by 1) i (task_uuid),
    lateral (
      select t.task_uuid from tasker.tasks t where t.task_uuid = i.task_uuid for no key update skip locked) locked;
  v_at := clock_timestamp();
  with retried as (
    update tasker.steps s
    set state = 'enqueued', due_at = null, updated_at = v_at
    where s.step_uuid = any (v_due) and s.task_uuid = any (v_tasks) and s.state = 'waiting_for_retry' and s.due_at <= v_at
    returning s.step_uuid, s.task_uuid, s.attempts
  ), logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
    select r.step_uuid, r.task_uuid, h.from_state, h.event, h.to_state, r.attempts, v_at, p_actor
    from retried r, (values
      (1, 'waiting_for_retry'::tasker.step_state, 'retry'::tasker.step_event, 'pending'::tasker.step_state),
      (2, 'pending', 'enqueue', 'enqueued')) as h (position, from_state, event, to_state)
    order by r.step_uuid, h.position
  ), change as (
    select r.task_uuid, count(*)::integer as steps, array_agg(r.step_uuid) as step_uuids from retried r group by r.task_uuid
  )
  select array_agg((c.task_uuid, c.steps, 0, -c.steps, 0, 0, c.steps)::tasker.task_change order by c.task_uuid),
    (select array_agg(r.step_uuid) from retried r)
  into v_changes, v_retried
  from change c;

  if v_retried is not null then
    perform tasker.settle_tasks(v_changes, 'retry', p_actor);
    perform tasker.send_step_messages(v_retried, p_wake);
  end if;
  return jsonb_build_object('retried', coalesce(cardinality(v_retried), 0),
    'undecided', coalesce((
      select jsonb_agg(to_jsonb(u)) from tasker.describe_undecided(array(
        select s.step_uuid from tasker.steps s
        where s.step_uuid = any (v_due) and s.due_at <= v_at and s.state <> 'waiting_for_retry')) u), '[]'::jsonb),
    'next_due_ms', tasker.next_due_ms());
end $$;
