-- Queue tables as the engine uses them: made, written and read inside the transactions of its stages.

-- Where a session looks for messages in a queue. What was taken stays behind as dead rows, and a walk from the oldest passes all
-- of them until vacuum has been there, which removes none while anybody's transaction is open: beside one, after 160,000
-- messages, a single look took 37 ms. So each session starts at what it had taken a second ago. Once a second it looks from the oldest,
-- or less often where that takes long, and also whenever it finds nothing, because a sender that was slow to commit has an id below.
-- Should such a message be passed by and nothing come after it, tasker.wake_stalled_queues has the queue looked at again.
-- look_from: where this look starts; next_from: where the looks after it start; newest_id: what the last look from the oldest took;
-- due_at: when the next one is due, in milliseconds.
create type tasker.queue_place as (look_from bigint, next_from bigint, newest_id bigint, due_at bigint);

create function tasker.now_ms() returns bigint
language sql volatile
as $$ select (date_part('epoch', clock_timestamp()) * 1000)::bigint $$;

-- p_taker: the function that takes. due_at is now when this look is from the oldest because it is time.
create function tasker.place_in(p_taker text) returns tasker.queue_place
language plpgsql
as $$
declare
  v_now bigint := tasker.now_ms();
  v_place tasker.queue_place :=
    coalesce(nullif(current_setting('tasker.place_of_' || p_taker, true), ''), '(0,0,0,0)')::tasker.queue_place;
begin
  -- The clock may have been set back.
  if v_place.due_at - v_now between 1 and 60000 then
    v_place.look_from := v_place.next_from;
    return v_place;
  end if;
  return row(0::bigint, v_place.newest_id, v_place.newest_id, v_now);
end $$;

-- Keeps what a look from the oldest took (p_newest, or null), if it was time for one; such looks take a twentieth of the time at
-- most. Kept in a setting of the session: undone when its transaction is, and with it what was taken.
create function tasker.keep_place(p_taker text, p_place tasker.queue_place, p_newest bigint) returns void
language plpgsql
as $$
declare
  v_now bigint := tasker.now_ms();
begin
  if p_place.due_at > v_now then
    return;
  end if;
  p_place.newest_id := coalesce(p_newest, p_place.newest_id);
  p_place.due_at := v_now + least(greatest(1000, 20 * (v_now - p_place.due_at)), 60000);
  perform set_config('tasker.place_of_' || p_taker, p_place::text, false);
end $$;

-- The engine's own way into and out of a queue table, whose layout is part of PGMQ's contract: what pgmq.send_batch and pgmq.pop
-- do, in functions of each queue, because a session keeps the plan only of a statement that names its table. Measured on
-- one step: planning a pop cost 0.25 ms, a push 0.15 ms, calling a function by its name 0.03 ms.
create function tasker.create_queue(p_queue text) returns void
language plpgsql
as $create$
begin
  perform pgmq.create(p_queue);
  if to_regprocedure(format('tasker.%I(integer)', 'pop_' || p_queue)) is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('tasker.create_queue', 0));
  execute format($function$
    create or replace function tasker.%I(p_messages jsonb[]) returns void
    language plpgsql
    as $$
    begin
      insert into pgmq.%I (vt, message) select clock_timestamp(), m from unnest(p_messages) as m;
    end $$
  $function$, 'push_' || p_queue, 'q_' || p_queue);
  -- Deletes up to p_max visible messages, oldest first; null when there is none. Messages that others hold are skipped.
  execute format($function$
    create or replace function tasker.%1$I(p_max integer) returns jsonb[]
    language plpgsql
    as $$
    declare
      v_place tasker.queue_place := tasker.place_in(%1$L);
      v_rows tid[];
      v_newest bigint;
      v_message jsonb;
      v_messages jsonb[];
    begin
      loop
        select array_agg(c.ctid), max(c.msg_id) into v_rows, v_newest
        from (
          select q.ctid, q.msg_id from pgmq.%2$I q where q.msg_id >= v_place.look_from and q.vt <= clock_timestamp()
          order by q.msg_id limit p_max for update skip locked) c;
        exit when v_rows is not null or v_place.look_from = 0;
        v_place.look_from := 0;
      end loop;
      if v_place.look_from = 0 then
        perform tasker.keep_place(%1$L, v_place, v_newest);
      end if;
      if cardinality(v_rows) = 1 then
        delete from pgmq.%2$I q where q.ctid = v_rows[1] returning q.message into v_message;
        v_messages := array[v_message];
      elsif v_rows is not null then
        with popped as (
          delete from pgmq.%2$I q where q.ctid = any (v_rows) returning q.message
        )
        select array_agg(p.message) into v_messages from popped p;
      end if;
      return v_messages;
    end $$
  $function$, 'pop_' || p_queue, 'q_' || p_queue);
  -- Deletes what is published, and hands out up to p_max visible messages, oldest first, for p_hold_ms.
  execute format($function$
    create or replace function tasker.%1$I(p_published bigint[], p_max integer, p_hold_ms integer)
    returns table (msg_id bigint, message jsonb, headers jsonb)
    language plpgsql
    as $$
    declare
      v_place tasker.queue_place := tasker.place_in(%1$L);
      v_rows tid[];
      v_newest bigint;
    begin
      if cardinality(p_published) > 0 then
        delete from pgmq.%2$I q where q.msg_id = any (p_published);
      end if;
      loop
        select array_agg(c.ctid), max(c.msg_id) into v_rows, v_newest
        from (
          select q.ctid, q.msg_id from pgmq.%2$I q where q.msg_id >= v_place.look_from and q.vt <= clock_timestamp()
          order by q.msg_id limit p_max for update skip locked) c;
        exit when v_rows is not null or v_place.look_from = 0;
        v_place.look_from := 0;
      end loop;
      if v_place.look_from = 0 then
        perform tasker.keep_place(%1$L, v_place, v_newest);
      end if;
      return query
      with held as (
        update pgmq.%2$I q set vt = clock_timestamp() + make_interval(secs => p_hold_ms / 1000.0), read_ct = q.read_ct + 1
        where q.ctid = any (v_rows)
        returning q.msg_id, q.message, q.headers
      )
      select h.msg_id, h.message, h.headers from held h order by h.msg_id;
    end $$
  $function$, 'relay_' || p_queue, 'q_' || p_queue);
end $create$;

-- A call by a name that is only known now is planned each time; the results of steps are in a queue of a known name.
create function tasker.push_messages(p_queue text, p_messages jsonb[]) returns void
language plpgsql
as $$
begin
  if p_queue = 'orchestration_step_results' then
    perform tasker.push_orchestration_step_results(p_messages);
    return;
  end if;
  execute format('select tasker.%I($1)', 'push_' || p_queue) using p_messages;
end $$;

create function tasker.pop_messages(p_queue text, p_max integer) returns jsonb[]
language plpgsql
as $$
declare
  v_messages jsonb[];
begin
  if p_queue = 'orchestration_step_results' then
    return tasker.pop_orchestration_step_results(p_max);
  end if;
  execute format('select tasker.%I($1)', 'pop_' || p_queue) into v_messages using p_max;
  return v_messages;
end $$;
