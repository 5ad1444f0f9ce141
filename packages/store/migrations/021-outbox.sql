-- A message broker as backend. The stages write their messages to the queue tables in their own transactions, as ever; the tables
-- are then the outbox: a relay publishes what they hold and deletes what the broker has confirmed.

-- Deletes messages that are published and hands out the next, those of each queue oldest first, at most p_max of a queue; nobody
-- else is given them for p_hold_ms. A message that is handed out and not deleted is published again: consumers take that.
-- p_published: {queue: [ids]}. p_queues: which queues to look at; null: all of workers and of orchestration. p_except: which not.
-- Neither the hold nor the deletion waits for the disk: what is lost of them is done again.
create function tasker.exchange_outbox(
  p_published jsonb, p_queues text[], p_except text[], p_max integer, p_hold_ms integer)
returns table (queue_name text, msg_id bigint, message jsonb, headers jsonb)
language plpgsql
set enable_seqscan = off
as $$
declare
  v_queue text;
  v_looks boolean;
begin
  for v_queue, v_looks in
    select q, q <> all (p_except) and (p_queues is null or q = any (p_queues)) from tasker.engine_queues() as q order by q
  loop
    continue when not v_looks and not p_published ? v_queue;
    if to_regprocedure(format('tasker.%I(bigint[],integer,integer)', 'relay_' || v_queue)) is null then
      -- Somebody else has created it.
      perform tasker.create_queue(v_queue);
    end if;
    return query execute format('select %L::text, r.* from tasker.%I($1, $2, $3) as r', v_queue, 'relay_' || v_queue)
      using array(select i::bigint from jsonb_array_elements_text(p_published -> v_queue) as i),
        case when v_looks then p_max else 0 end, p_hold_ms;
  end loop;
  perform tasker.relax_commit();
end $$;

-- Results that could not be applied, and were put aside: they are not sent again.
create function tasker.dead_results(p_steps uuid[]) returns uuid[]
language plpgsql stable
as $$
declare
  v_dead uuid[];
begin
  if to_regclass('pgmq.q_orchestration_step_results_dlq') is not null then
    execute 'select array_agg(s) from unnest($1) as s
      where s::text in (select m.message ->> ''step_uuid'' from pgmq.q_orchestration_step_results_dlq m)'
    into v_dead using p_steps;
  end if;
  return coalesce(v_dead, '{}');
end $$;

-- Sends again what a broker seems to have lost: steps that have been enqueued, or reported, for longer than p_older_ms while the
-- queue that their messages go to is empty. p_queues are those queues, by the word of the broker; one whose outbox is not
-- empty is left alone. At most p_max steps, the longest waiting of each queue; each is sent again after p_older_ms at the
-- earliest. A message that was not lost after all, but is held by a consumer, is a duplicate then. Returns how many were sent.
create function tasker.resend_lost_messages(p_queues text[], p_older_ms integer, p_max integer, p_wake boolean) returns integer
language plpgsql
as $$
declare
  v_queue text;
  v_namespace text;
  v_has_outbox boolean;
  v_states tasker.step_state[];
  v_steps uuid[];
  v_sent integer := 0;
begin
  foreach v_queue in array p_queues loop
    execute format('select exists (select from pgmq.%I)', 'q_' || v_queue) into v_has_outbox;
    continue when v_has_outbox;
    v_namespace := substring(v_queue from '^worker_(.*)_queue$');
    v_states := case when v_namespace is not null then array['enqueued']
      else array['enqueued_for_orchestration', 'enqueued_as_error_for_orchestration'] end::tasker.step_state[];
    with lost as (
      select s.step_uuid, s.updated_at
      from tasker.tasks t, lateral (
        select s.step_uuid, s.state, s.updated_at from tasker.steps s where s.task_uuid = t.task_uuid and s.state = any (v_states)
        offset 0) s
      where t.completed_at is null and t.steps_active > 0 and (v_namespace is null or t.namespace = v_namespace)
        and s.updated_at < clock_timestamp() - make_interval(secs => p_older_ms / 1000.0)
      order by s.updated_at limit p_max
    ), held as (
      select s.step_uuid from tasker.steps s
      where s.step_uuid = any (array(select l.step_uuid from lost l)) and s.state = any (v_states)
      order by s.step_uuid for no key update skip locked
    )
    select array_agg(h.step_uuid) into v_steps from held h;
    if v_namespace is null then
      v_steps := array(select s from unnest(v_steps) as s where s <> all (tasker.dead_results(v_steps)));
    end if;
    continue when coalesce(cardinality(v_steps), 0) = 0;
    update tasker.steps s set updated_at = clock_timestamp() where s.step_uuid = any (v_steps);
    if v_namespace is not null then
      perform tasker.send_step_messages(v_steps, p_wake);
    else
      perform tasker.push_messages(v_queue, array(
        select tasker.step_message(t.task_uuid, s, t.correlation_id, t.traceparent)
        from unnest(v_steps) as s, lateral (
          select t.* from tasker.tasks t where t.task_uuid = tasker.task_of(s) offset 0) t));
      if p_wake then
        perform pg_notify('pgmq_message_ready.orchestration', v_queue);
      end if;
    end if;
    v_sent := v_sent + cardinality(v_steps);
  end loop;
  return v_sent;
end $$;
