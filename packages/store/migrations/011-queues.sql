-- The queues of orchestration; a worker queue is created with the first template of its namespace.
select tasker.create_queue(q) from unnest(array[
  'orchestration_task_requests', 'orchestration_step_results', 'orchestration_task_finalizations']) as q;
