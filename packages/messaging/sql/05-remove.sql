-- Ending a message: delete, archive and purge. The array forms return only the ids that existed.

create or replace function pgmq.delete(queue_name text, msg_id bigint)
returns boolean language plpgsql as $$
declare
  deleted_count bigint;
begin
  execute format('delete from pgmq.%I where msg_id = $1', pgmq.format_table_name(queue_name, 'q')) using msg_id;
  get diagnostics deleted_count = row_count;
  return deleted_count > 0;
end
$$;

create or replace function pgmq.delete(queue_name text, msg_ids bigint[])
returns setof bigint language plpgsql as $$
begin
  return query execute format(
    'delete from pgmq.%I where msg_id = any ($1) returning msg_id',
    pgmq.format_table_name(queue_name, 'q')
  ) using msg_ids;
end
$$;

create or replace function pgmq.archive(queue_name text, msg_ids bigint[])
returns setof bigint language plpgsql as $$
begin
  return query execute format($sql$
    with gone as (
      delete from pgmq.%I
      where msg_id = any ($1)
      returning msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers
    )
    insert into pgmq.%I (msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers)
    select msg_id, read_ct, enqueued_at, last_read_at, vt, message, headers from gone
    returning msg_id
  $sql$, pgmq.format_table_name(queue_name, 'q'), pgmq.format_table_name(queue_name, 'a')) using msg_ids;
end
$$;

create or replace function pgmq.archive(queue_name text, msg_id bigint)
returns boolean language plpgsql as $$
begin
  return exists (select from pgmq.archive(queue_name, array[msg_id]));
end
$$;

-- Takes an access exclusive lock: it waits for every open transaction that touched the queue.
create or replace function pgmq.purge_queue(queue_name text)
returns bigint language plpgsql as $$
declare
  qtable constant text := pgmq.format_table_name(queue_name, 'q');
  purged_count bigint;
begin
  execute format('lock table pgmq.%I in access exclusive mode', qtable);
  execute format('select count(*) from pgmq.%I', qtable) into purged_count;
  execute format('truncate table pgmq.%I', qtable);
  return purged_count;
end
$$;

create or replace function pgmq.detach_archive(queue_name text)
returns void language plpgsql as $$
begin
  raise warning 'detach_archive is deprecated and does nothing: archives never belong to the extension';
end
$$;
