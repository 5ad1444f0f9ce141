-- What every stage shares: ids, locks and the messages that name steps; and the rules by which the stages are written.
--
-- Lock order, everywhere: task rows by task_uuid, then step rows by step_uuid. A function that locks task rows does its
-- work in later statements, because under READ COMMITTED only a new statement sees what the previous holder committed.
-- The stages keep generic plans, because planning each call took longer than running it. A kept plan that was made while the
-- tables were small must not scan them when they are large, so each statement leaves the planner one way only:
-- - no sequential scans, hash or merge joins (settings on the stages, which hold for what they call too);
-- - rows are looked up one by one, by "lateral (… offset 0)" out of the given ids;
-- - rows are updated by the ctid that such a look-up found; they are locked before, so it cannot change in between.
-- To begin a statement over a set costs 50 to 130 µs, however small the set; a plain one about one row costs 15 to 20. A task that
-- runs alone has its steps moved one by one, so what every step goes through has a way for one row beside that for many, and
-- one-and-many.test.ts shows that both do the same.

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

-- The message that names a step, to workers and back to orchestration.
create function tasker.step_message(p_task uuid, p_step uuid, p_correlation_id uuid, p_traceparent text) returns jsonb
language sql stable parallel safe
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'task_uuid', p_task, 'step_uuid', p_step, 'correlation_id', p_correlation_id, 'traceparent', p_traceparent))
$$;

-- Sends one message per step to the queue of its namespace.
-- p_wake: also NOTIFY the queue's channel in this transaction (batched stages do; single submissions wake afterwards).
create function tasker.send_step_messages(p_steps uuid[], p_wake boolean) returns void
language plpgsql
as $$
declare
  v_namespace text;
  v_message jsonb;
begin
  if cardinality(p_steps) = 1 then
    select t.namespace, tasker.step_message(t.task_uuid, p_steps[1], t.correlation_id, t.traceparent)
    into v_namespace, v_message
    from tasker.tasks t where t.task_uuid = tasker.task_of(p_steps[1]);
    perform tasker.push_messages(tasker.worker_queue(v_namespace), array[v_message]);
    if p_wake then
      perform pg_notify('pgmq_message_ready.' || v_namespace, tasker.worker_queue(v_namespace));
    end if;
    return;
  end if;
  perform tasker.push_messages(m.queue, m.messages),
    case when p_wake then pg_notify('pgmq_message_ready.' || m.namespace, m.queue) end
  from (
    select t.namespace, tasker.worker_queue(t.namespace) as queue, array_agg(
      tasker.step_message(t.task_uuid, s.step_uuid, t.correlation_id, t.traceparent)
      order by t.priority desc, s.position) as messages
    from unnest(p_steps) with ordinality as s (step_uuid, position),
      lateral (
        select t.task_uuid, t.namespace, t.correlation_id, t.traceparent, t.priority from tasker.tasks t
        where t.task_uuid = tasker.task_of(s.step_uuid) offset 0) t
    group by t.namespace
  ) m;
end $$;
