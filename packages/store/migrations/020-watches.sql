-- Who wants to be told when a task or one of its steps changes. Unlogged: after a crash of the server the watchers, who lose their
-- connections with it, say again what they watch.
create unlogged table tasker.task_watches (
  task_uuid uuid not null,
  watcher text not null,
  expires_at timestamptz not null,
  primary key (task_uuid, watcher)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0);

-- Tells the watchers, at commit, that these tasks, or the tasks of these steps, have changed. The stages through which every step
-- goes look first whether there is any watch at all, in a statement that they make anyway. Whoever looks or calls this has
-- locked or changed rows before, so that its transaction has an id (sql/list-watch-readers.sql waits for those).
create function tasker.tell_watchers(p_ids uuid[]) returns void
language plpgsql
as $$
begin
  perform pg_notify('tasker_task_changed', c.task_uuid::text)
  from (select distinct tasker.task_of(i) from unnest(p_ids) as i) c (task_uuid)
  where exists (
    select from tasker.task_watches w where w.task_uuid = c.task_uuid and w.expires_at > clock_timestamp() offset 0);
end $$;

-- Notes for p_ttl_ms that p_watcher watches p_tasks, and no more p_dropped; forgets what has expired.
-- Returns those of p_tasks that were not noted, so that changes may have been missed.
create function tasker.watch_tasks(p_watcher text, p_tasks uuid[], p_dropped uuid[], p_ttl_ms integer) returns setof uuid
language plpgsql
set enable_seqscan = off
as $$
declare
  v_at timestamptz := clock_timestamp();
begin
  delete from tasker.task_watches w
  where w.ctid = any (array(select e.ctid from tasker.task_watches e where e.expires_at < v_at for update skip locked))
    or (w.watcher = p_watcher and w.task_uuid = any (p_dropped));
  update tasker.task_watches w set expires_at = v_at + make_interval(secs => p_ttl_ms / 1000.0)
  where w.watcher = p_watcher and w.task_uuid = any (p_tasks);
  return query
  insert into tasker.task_watches as w (task_uuid, watcher, expires_at)
  select t, p_watcher, v_at + make_interval(secs => p_ttl_ms / 1000.0) from unnest(p_tasks) as t
  on conflict do nothing
  returning w.task_uuid;
end $$;
