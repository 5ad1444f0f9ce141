-- Time-outs of tasks. The id of a task begins with the milliseconds of its creation, so that the oldest open tasks are the first
-- ones of each state in the index of open tasks, however many have ended.

create function tasker.task_created_ms(p_task uuid) returns bigint
language sql immutable strict parallel safe
as $$ select ('x' || left(replace(p_task::text, '-', ''), 12))::bit(48)::bigint $$;

-- Up to p_max open tasks that were created before p_before_ms (milliseconds since 1970), oldest first.
create function tasker.oldest_open_tasks(p_before_ms bigint, p_max integer) returns setof uuid
language plpgsql stable
as $$
declare
  v_before uuid := rpad(lpad(to_hex(greatest(0, p_before_ms)), 12, '0'), 32, '0')::uuid;
begin
  return query
  select o.task_uuid
  from unnest(array_append(tasker.running_states(), 'pending') || '{blocked_by_failures}'::tasker.task_state[]) as s (state),
    lateral (
      select t.task_uuid from tasker.tasks t
      where t.completed_at is null and t.state = s.state and t.task_uuid < v_before order by t.task_uuid limit p_max) o
  order by o.task_uuid limit p_max;
end $$;

-- Ends up to p_max open tasks that are p_timeout_seconds old, as tasker.end_task does; those that wait for admission or for an
-- operator too. A task that somebody else is moving is left to the next round.
-- Returns {timed_out: [{task_uuid, namespace, state}], next_due_ms: milliseconds until the next one is due, null: never}.
create function tasker.time_out_tasks(p_timeout_seconds integer, p_max integer, p_actor text) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_timeout_ms bigint := p_timeout_seconds * 1000::bigint;
  v_now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  v_reason text := format('the task did not end within %s seconds', p_timeout_seconds);
  v_tasks uuid[];
  v_task uuid;
  v_one jsonb;
  v_timed_out jsonb := '[]';
begin
  select coalesce(array_agg(locked.task_uuid), '{}') into v_tasks
  from tasker.oldest_open_tasks(v_now_ms - v_timeout_ms + 1, p_max) as o (task_uuid),
    lateral (
      select t.task_uuid from tasker.tasks t
      where t.task_uuid = o.task_uuid and t.completed_at is null for no key update skip locked) locked;
  foreach v_task in array v_tasks loop
    v_one := tasker.end_task(v_task, 'timeout', p_actor, v_reason);
    v_timed_out := v_timed_out
      || jsonb_build_object('task_uuid', v_task, 'namespace', v_one -> 'namespace', 'state', v_one -> 'state');
  end loop;
  return jsonb_build_object('timed_out', v_timed_out, 'next_due_ms', (
    select greatest(0, tasker.task_created_ms(o) + v_timeout_ms - v_now_ms)
    from tasker.oldest_open_tasks((2 ^ 48)::bigint - 1, 1) as o));
end $$;
