-- $1 task id
-- no row, or the steps in topological order, the first with the task as find-task gives it; all as of one moment
select s.step_uuid, s.task_uuid, s.step_no, s.name, s.state, s.unmet_parents, cardinality(s.parent_nos) as parent_count,
  s.retryable, s.attempts, s.max_attempts, s.worker_id, s.due_at, s.result, s.error, s.checkpoint, s.last_attempted_at,
  s.last_failure_at, s.created_at, s.updated_at, s.completed_at,
  case when s.step_no = 1 then (select row_to_json(found) from (select t.*, tt.name, tt.version) found) end as task
from tasker.tasks t
join tasker.task_templates tt on tt.template_uuid = t.template_uuid
join tasker.steps s on s.task_uuid = t.task_uuid
where t.task_uuid = $1
order by s.step_no
