-- $1: seconds to look back, $2: how many of the tasks created since then are looked into, oldest first, $3: and of how many the results are counted
-- one row: tasks per second, attempts per task, milliseconds per attempt, most results of one actor in a second (null without any), connections
with recent as materialized (
  select task_uuid from tasker.tasks
  where task_uuid >= rpad(lpad(to_hex(floor(extract(epoch from now() - make_interval(secs => $1)) * 1000)::bigint),
    12, '0'), 32, '0')::uuid
), sample as (
  select task_uuid from recent order by task_uuid limit $2
), attempts as (
  select l.at as started_at, e.at as ended_at
  from sample
  join tasker.steps s using (task_uuid)
  join tasker.step_transitions l on l.step_uuid = s.step_uuid and l.event = 'start'
  left join lateral (
    select n.at from tasker.step_transitions n
    where n.step_uuid = l.step_uuid and n.transition_id > l.transition_id order by n.transition_id limit 1
  ) e on true
), busiest as (
  select count(*)::integer as steps
  from (select task_uuid from recent order by task_uuid limit $3) counted
  join tasker.steps s using (task_uuid)
  join tasker.step_transitions l on l.step_uuid = s.step_uuid
    and l.event = 'complete' and l.from_state = 'enqueued_for_orchestration'
  group by l.actor, date_trunc('second', l.at) order by steps desc limit 1
)
select
  (select count(*) from recent) / $1::double precision as tasks_per_second,
  (select count(*) from attempts) / nullif((select count(*) from sample), 0)::double precision as attempts_per_task,
  (select extract(epoch from avg(ended_at - started_at)) * 1000 from attempts)::double precision as attempt_ms,
  (select steps from busiest) as busiest_steps_per_second,
  current_setting('max_connections')::integer as max_connections,
  current_setting('superuser_reserved_connections')::integer as reserved_connections,
  (select count(*)::integer from pg_stat_activity where backend_type = 'client backend') as connections_in_use
