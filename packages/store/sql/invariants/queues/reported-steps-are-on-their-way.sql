-- A step was reported, but no result message says so and no due time brings it back: its outcome would never be applied.
-- What to do: send {task_uuid, step_uuid, correlation_id} to orchestration_step_results; the outcome is on the step.
select s.task_uuid, s.step_uuid, s.name, s.state, s.updated_at
from tasker.steps s
where s.state in ('enqueued_for_orchestration', 'enqueued_as_error_for_orchestration') and s.due_at is null
  and s.step_uuid not in (
    select m.step_uuid from tasker.live_step_messages() m
    where m.queue_name = 'orchestration_step_results' and m.step_uuid is not null)
