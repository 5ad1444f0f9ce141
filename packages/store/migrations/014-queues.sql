-- The queues of orchestration; a worker queue is created with the first template of its namespace.
select tasker.create_queue(q) from unnest(array[
  'orchestration_task_requests', 'orchestration_step_results', 'orchestration_task_finalizations']) as q;

-- The queues of workers and of orchestration that there are; dead letters are not among them.
create function tasker.engine_queues() returns setof text
language plpgsql stable
as $$
begin
  return query
  select q.queue_name::text from pgmq.list_queues() q
  where (q.queue_name ~ '^worker_.*_queue$' or q.queue_name ~ '^orchestration_') and q.queue_name !~ '_dlq$';
end $$;
