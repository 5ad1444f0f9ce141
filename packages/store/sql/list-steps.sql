-- $1 task id, $2 step id or null for all
-- the steps with how many of their parents are done, in topological order
select s.step_uuid, s.task_uuid, s.step_no, s.name, s.state, s.unmet_parents, cardinality(s.parent_nos) as parent_count,
  s.retryable, s.attempts, s.max_attempts, s.worker_id, s.due_at, s.result, s.error, s.checkpoint, s.last_attempted_at,
  s.last_failure_at, s.created_at, s.updated_at, s.completed_at
from tasker.steps s
where s.task_uuid = $1 and ($2::uuid is null or s.step_uuid = $2)
order by s.step_no
