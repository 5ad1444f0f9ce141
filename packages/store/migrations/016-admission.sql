-- Admission: where the number of tasks that run at once is limited, the others wait in state pending, with all their steps, and
-- are let in as tasks settle. Whoever decides who may run holds one lock until it commits, so that no two pass the limit together;
-- and whoever lets tasks in after one has settled sees those that were told to wait before.

create function tasker.lock_admission() returns void
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('tasker.admission', 0));
end $$;

create function tasker.running_states() returns tasker.task_state[]
language sql immutable parallel safe
as $$
  select '{initializing,enqueuing_steps,steps_in_process,evaluating_results,waiting_for_dependencies,waiting_for_retry}'
    ::tasker.task_state[]
$$;

-- How many tasks p_limit leaves room for beside those in p_states. Reads p_limit entries of the index at most.
create function tasker.room_left(p_limit integer, p_states tasker.task_state[]) returns integer
language plpgsql
as $$
begin
  return p_limit - (
    select count(*) from (
      select from tasker.tasks t where t.completed_at is null and t.state = any (p_states) limit p_limit) taken);
end $$;

-- Starts tasks that are pending: every hop is logged, the first steps are enqueued. The tasks must be held.
create function tasker.start_tasks(p_tasks uuid[], p_actor text, p_wake boolean) returns void
language plpgsql
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_roots uuid[];
begin
  with found as (
    select t.row, tt.root_count
    from unnest(p_tasks) as i (task_uuid),
      lateral (select t.ctid as row, t.template_uuid from tasker.tasks t where t.task_uuid = i.task_uuid offset 0) t,
      lateral (select tt.* from tasker.task_templates tt where tt.template_uuid = t.template_uuid offset 0) tt
  ), started as (
    update tasker.tasks t
    set state = case when t.steps_total = 0 then 'complete' else 'steps_in_process' end::tasker.task_state,
      steps_active = f.root_count, updated_at = v_at, completed_at = case when t.steps_total = 0 then v_at end
    from found f
    where t.ctid = f.row
    returning t.task_uuid, t.steps_total
  ), logged as (
    insert into tasker.task_transitions (task_uuid, from_state, event, to_state, at, actor)
    select s.task_uuid, h.from_state, h.event, h.to_state, v_at, p_actor
    from started s, unnest(tasker.start_path(s.steps_total)) with ordinality as h (from_state, event, to_state, position)
    order by s.task_uuid, h.position
  ), root as (
    update tasker.steps s
    set state = 'enqueued', updated_at = v_at
    from unnest(p_tasks) as i (task_uuid),
      lateral (
        select s.ctid as row from tasker.steps s where s.task_uuid = i.task_uuid and s.unmet_parents = 0 offset 0) r
    where s.ctid = r.row
    returning s.step_uuid, s.task_uuid
  ), root_logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
    select r.step_uuid, r.task_uuid, 'pending', 'enqueue', 'enqueued', 0, v_at, p_actor from root r
  )
  select array_agg(r.step_uuid order by r.step_uuid) into v_roots from root r;
  if v_roots is not null then
    perform tasker.send_step_messages(v_roots, p_wake);
  end if;
  perform tasker.tell_watchers(p_tasks);
end $$;

-- Lets in up to p_max pending tasks, by priority, then age, as far as p_limit leaves room (0: all). A task that somebody
-- holds, to cancel it for instance, is passed over.
-- Returns {admitted: [{task_uuid, namespace}], waiting: whether pending tasks are left}.
create function tasker.admit_tasks(p_limit integer, p_max integer, p_actor text, p_wake boolean) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_room integer := p_max;
  v_tasks uuid[];
  v_admitted jsonb;
  v_is_repeatable boolean;
begin
  perform tasker.lock_admission();
  if not exists (select from tasker.tasks t where t.state = 'pending') then
    return jsonb_build_object('admitted', '[]'::jsonb, 'waiting', false);
  end if;
  if p_limit > 0 then
    v_room := least(p_max, tasker.room_left(p_limit, tasker.running_states()));
  end if;
  select array_agg(t.task_uuid), bool_and(t.steps_total > 0),
    jsonb_agg(jsonb_build_object('task_uuid', t.task_uuid, 'namespace', t.namespace))
  into v_tasks, v_is_repeatable, v_admitted
  from (
    select t.task_uuid, t.namespace, t.steps_total from tasker.tasks t
    where t.state = 'pending' order by t.priority desc, t.task_uuid limit v_room for no key update skip locked) t;
  if v_tasks is not null then
    perform tasker.start_tasks(v_tasks, p_actor, p_wake);
    if v_is_repeatable then
      perform tasker.relax_commit();
    end if;
  end if;
  return jsonb_build_object('admitted', coalesce(v_admitted, '[]'),
    'waiting', exists (select from tasker.tasks t where t.state = 'pending'));
end $$;
