-- Sending to a topic. A key that no pattern matches sends nothing and is no error.

create or replace function pgmq.send_topic(routing_key text, msg jsonb, headers jsonb, delay integer)
returns integer language plpgsql as $$
declare
  visible_at constant timestamptz := clock_timestamp() + make_interval(secs => delay);
  queue_count integer;
begin
  select count(sent.id) into queue_count
  from pgmq._matching_queues(routing_key) as hit (queue_name)
  cross join lateral pgmq._send(hit.queue_name, msg, headers, visible_at) as sent (id);
  return queue_count;
end
$$;

create or replace function pgmq.send_topic(routing_key text, msg jsonb, delay integer)
returns integer language plpgsql as $$
begin
  return pgmq.send_topic(routing_key, msg, null, delay);
end
$$;

create or replace function pgmq.send_topic(routing_key text, msg jsonb)
returns integer language plpgsql as $$
begin
  return pgmq.send_topic(routing_key, msg, null, 0);
end
$$;

create or replace function pgmq.send_batch_topic(
  routing_key text, msgs jsonb[], headers jsonb[], delay timestamptz
)
returns table (queue_name text, msg_id bigint) language plpgsql as $$
begin
  -- Before the routing: a bad batch is an error even when no queue would get it.
  perform pgmq._validate_batch_params(msgs, headers);
  return query
    select hit.queue_name, sent.id
    from pgmq._matching_queues(routing_key) as hit (queue_name)
    cross join lateral pgmq._send_batch(hit.queue_name, msgs, headers, delay) as sent (id);
end
$$;

create or replace function pgmq.send_batch_topic(routing_key text, msgs jsonb[], headers jsonb[], delay integer)
returns table (queue_name text, msg_id bigint) language plpgsql as $$
begin
  return query select * from pgmq.send_batch_topic(
    routing_key, msgs, headers, clock_timestamp() + make_interval(secs => delay));
end
$$;

create or replace function pgmq.send_batch_topic(routing_key text, msgs jsonb[], headers jsonb[])
returns table (queue_name text, msg_id bigint) language plpgsql as $$
begin
  return query select * from pgmq.send_batch_topic(routing_key, msgs, headers, clock_timestamp());
end
$$;

create or replace function pgmq.send_batch_topic(routing_key text, msgs jsonb[], delay timestamptz)
returns table (queue_name text, msg_id bigint) language plpgsql as $$
begin
  return query select * from pgmq.send_batch_topic(routing_key, msgs, null::jsonb[], delay);
end
$$;

create or replace function pgmq.send_batch_topic(routing_key text, msgs jsonb[], delay integer)
returns table (queue_name text, msg_id bigint) language plpgsql as $$
begin
  return query select * from pgmq.send_batch_topic(
    routing_key, msgs, null::jsonb[], clock_timestamp() + make_interval(secs => delay));
end
$$;

create or replace function pgmq.send_batch_topic(routing_key text, msgs jsonb[])
returns table (queue_name text, msg_id bigint) language plpgsql as $$
begin
  return query select * from pgmq.send_batch_topic(routing_key, msgs, null::jsonb[], clock_timestamp());
end
$$;
