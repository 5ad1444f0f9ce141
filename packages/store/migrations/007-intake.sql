-- Intake: tasks, their steps, the log and the first step messages in one transaction.

-- The transitions with which a task of p_steps steps starts.
create function tasker.start_path(p_steps integer) returns tasker.task_hop[]
language sql immutable parallel safe
as $$
  select case p_steps
    when 0 then '{"(pending,start,initializing)","(initializing,no_steps_found,complete)"}'::tasker.task_hop[]
    else '{"(pending,start,initializing)","(initializing,ready_steps_found,enqueuing_steps)","(enqueuing_steps,steps_enqueued,steps_in_process)"}'
  end
$$;

-- p_tasks: array of objects, see the record below; task_uuid ends in five zeros (tasker.step_id).
-- p_limit: how many tasks may run at once, 0 for any number; the tasks beyond it wait (016-admission.sql).
-- Returns one row per task given: existing_uuid is the task that already has its identity, or null when it was created; waits
-- says that it is held in pending.
-- Raises foreign_key_violation when a template_uuid is unknown (replaced since the caller read it).
create function tasker.create_tasks(
  p_tasks jsonb, p_default_max_attempts integer, p_actor text, p_wake boolean, p_limit integer
)
returns table (task_uuid uuid, existing_uuid uuid, created_at timestamptz, waits boolean)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_at timestamptz := clock_timestamp();
  v_created uuid[];
  v_roots uuid[];
  v_room integer;
  v_is_held boolean := false;
begin
  if p_limit > 0 then
    perform tasker.lock_admission();
    -- Those that wait have a claim to what is free.
    v_room := tasker.room_left(p_limit, array_append(tasker.running_states(), 'pending'));
    v_is_held := v_room < jsonb_array_length(p_tasks);
  end if;

  with request as (
    select r.*, tt.namespace, tt.step_count, tt.root_count
    from jsonb_to_recordset(p_tasks) as r (
      task_uuid uuid, template_uuid uuid, context jsonb, identity_hash text, correlation_id uuid,
      parent_correlation_id uuid, traceparent text, initiator text, source_system text, reason text, priority integer,
      tags jsonb)
    left join tasker.task_templates tt on tt.template_uuid = r.template_uuid
    -- One order for all: two batches with common identities or tasks wait for each other instead of deadlocking.
    order by r.identity_hash, r.task_uuid
  ), created as (
    insert into tasker.tasks (task_uuid, template_uuid, namespace, state, context, identity_hash, correlation_id,
      parent_correlation_id, traceparent, initiator, source_system, reason, priority, tags, steps_total, steps_active,
      created_at, updated_at, completed_at)
    select r.task_uuid, r.template_uuid, coalesce(r.namespace, ''),
      case when v_is_held then 'pending' when r.step_count = 0 then 'complete' else 'steps_in_process' end::tasker.task_state,
      r.context, r.identity_hash, r.correlation_id, r.parent_correlation_id, r.traceparent, r.initiator, r.source_system,
      r.reason, r.priority, array(select jsonb_array_elements_text(r.tags)), coalesce(r.step_count, 0),
      case when v_is_held then 0 else coalesce(r.root_count, 0) end,
      v_at, v_at, case when r.step_count = 0 and not v_is_held then v_at end
    from request r
    -- Also of the same task_uuid: a caller that lost the answer may send the same tasks again.
    on conflict do nothing
    returning task_uuid
  )
  select array_agg(c.task_uuid) into v_created from created c;

  with created as (
    select t.* from unnest(v_created) as c (task_uuid),
      lateral (
        select t.task_uuid, t.template_uuid, t.steps_total from tasker.tasks t where t.task_uuid = c.task_uuid offset 0) t
  ), logged as (
    insert into tasker.task_transitions (task_uuid, from_state, event, to_state, at, actor)
    select c.task_uuid, h.from_state, h.event, h.to_state, v_at, p_actor
    from created c, unnest(tasker.start_path(c.steps_total)) with ordinality as h (from_state, event, to_state, position)
    where not v_is_held
    order by c.task_uuid, h.position
  ), step as (
    insert into tasker.steps (step_uuid, task_uuid, step_no, name, state, unmet_parents, parent_nos, child_nos, retryable,
      max_attempts, created_at, updated_at)
    select tasker.step_id(c.task_uuid, d.step_no), c.task_uuid, d.step_no, d.name,
      case when cardinality(d.parent_nos) = 0 and not v_is_held then 'enqueued' else 'pending' end::tasker.step_state,
      cardinality(d.parent_nos), d.parent_nos, d.child_nos, d.retryable, coalesce(d.max_attempts, p_default_max_attempts),
      v_at, v_at
    from created c join tasker.template_steps d on d.template_uuid = c.template_uuid
    returning step_uuid, task_uuid, state
  ), root_logged as (
    insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
    select s.step_uuid, s.task_uuid, 'pending', 'enqueue', 'enqueued', 0, v_at, p_actor from step s where s.state = 'enqueued'
  )
  select array_agg(s.step_uuid order by s.step_uuid) into v_roots from step s where s.state = 'enqueued';

  if v_roots is not null then
    perform tasker.send_step_messages(v_roots, p_wake);
  end if;
  if v_is_held and v_room > 0 then
    perform tasker.start_tasks(array(
      select t.task_uuid
      from unnest(v_created) as c (task_uuid),
        lateral (select t.* from tasker.tasks t where t.task_uuid = c.task_uuid offset 0) t
      order by t.priority desc, t.task_uuid limit v_room), p_actor, p_wake);
  end if;

  return query
  select r.task_uuid, t.task_uuid, coalesce(own.created_at, v_at), v_is_held and coalesce(own.state = 'pending', false)
  from jsonb_to_recordset(p_tasks) as r (task_uuid uuid, identity_hash text)
  left join tasker.tasks own on own.task_uuid = r.task_uuid
  left join tasker.tasks t on t.identity_hash = r.identity_hash and t.task_uuid <> r.task_uuid;
end $$;
