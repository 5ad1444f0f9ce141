-- Topics: a routing key reaches every queue bound to a pattern that matches it, one copy per queue, all or nothing.
-- In a pattern * stands for one segment and # for any characters, so logs.# matches logs.a.b but not logs.

-- Both return true or raise; the boolean lets them stand in a check constraint.
create or replace function pgmq.validate_routing_key(routing_key text)
returns boolean language plpgsql immutable as $$
begin
  if routing_key is null or routing_key = '' then
    raise exception 'routing_key cannot be NULL or empty';
  end if;
  if length(routing_key) > 255 then
    raise exception 'routing_key is too long, maximum length is 255 characters';
  end if;
  if routing_key !~ '^[a-zA-Z0-9._-]+$' then
    raise exception 'routing_key contains invalid characters, allowed are letters, digits, ".", "_" and "-": %', routing_key;
  end if;
  if routing_key ~ '^\.|\.$|\.\.' then
    raise exception 'routing_key cannot start or end with a dot or contain two in a row: %', routing_key;
  end if;
  return true;
end
$$;

create or replace function pgmq.validate_topic_pattern(pattern text)
returns boolean language plpgsql immutable as $$
begin
  if pattern is null or pattern = '' then
    raise exception 'pattern cannot be NULL or empty';
  end if;
  if length(pattern) > 255 then
    raise exception 'pattern is too long, maximum length is 255 characters';
  end if;
  if pattern !~ '^[a-zA-Z0-9._*#-]+$' then
    raise exception 'pattern contains invalid characters, allowed are letters, digits, ".", "_", "-", "*" and "#": %', pattern;
  end if;
  if pattern ~ '^\.|\.$|\.\.' then
    raise exception 'pattern cannot start or end with a dot or contain two in a row: %', pattern;
  end if;
  if pattern ~ '[*#]{2}' then
    raise exception 'pattern cannot contain two wildcards in a row: %', pattern;
  end if;
  return true;
end
$$;

create or replace function pgmq.bind_topic(pattern text, queue_name text)
returns void language plpgsql as $$
begin
  perform pgmq.validate_topic_pattern(pattern);
  perform pgmq._require_queue(queue_name);
  insert into pgmq.topic_bindings (pattern, queue_name)
  values (pattern, queue_name)
  on conflict on constraint topic_bindings_unique_pattern_queue do nothing;
end
$$;

create or replace function pgmq.unbind_topic(pattern text, queue_name text)
returns boolean language plpgsql as $$
begin
  delete from pgmq.topic_bindings b
  where b.pattern = unbind_topic.pattern and b.queue_name = unbind_topic.queue_name;
  return found;
end
$$;

create or replace function pgmq.list_topic_bindings()
returns table (pattern text, queue_name text, bound_at timestamptz, compiled_regex text)
language sql stable as $$
  select b.pattern, b.queue_name::text, b.bound_at, b.compiled_regex
  from pgmq.topic_bindings b
  order by b.bound_at desc, b.pattern, b.queue_name
$$;

create or replace function pgmq.list_topic_bindings(queue_name text)
returns table (pattern text, queue_name text, bound_at timestamptz, compiled_regex text)
language sql stable as $$
  select b.pattern, b.queue_name::text, b.bound_at, b.compiled_regex
  from pgmq.topic_bindings b
  where b.queue_name = $1
  order by b.bound_at desc, b.pattern
$$;

create or replace function pgmq.test_routing(routing_key text)
returns table (pattern text, queue_name text, compiled_regex text)
language plpgsql stable as $$
begin
  perform pgmq.validate_routing_key(routing_key);
  return query
    select b.pattern, b.queue_name::text, b.compiled_regex
    from pgmq.topic_bindings b
    where routing_key ~ b.compiled_regex
    order by b.pattern, b.queue_name;
end
$$;

create or replace function pgmq._matching_queues(routing_key text)
returns setof text language plpgsql stable as $$
begin
  perform pgmq.validate_routing_key(routing_key);
  return query
    select distinct b.queue_name::text
    from pgmq.topic_bindings b
    where routing_key ~ b.compiled_regex
    order by 1;
end
$$;
