-- one row: queues (text[]), those of orchestration with a visible message; locks nothing
select array(
  select 'orchestration_step_results' where exists (
    select from pgmq.q_orchestration_step_results m where m.vt <= clock_timestamp())
  union all
  select 'orchestration_task_finalizations' where exists (
    select from pgmq.q_orchestration_task_finalizations m where m.vt <= clock_timestamp())
  union all
  select 'orchestration_task_requests' where exists (
    select from pgmq.q_orchestration_task_requests m where m.vt <= clock_timestamp())
) as queues
