-- A task is over though one of its steps could still move by itself.
-- What to do: cancel the step (or resolve it manually); whatever it does has no effect on the task.
select t.task_uuid, t.state as task_state, s.step_uuid, s.name, s.state
from tasker.tasks t join tasker.steps s on s.task_uuid = t.task_uuid
where (t.state in ('complete', 'error', 'cancelled', 'resolved_manually') and s.state in ('enqueued', 'in_progress',
    'enqueued_for_orchestration', 'enqueued_as_error_for_orchestration', 'waiting_for_retry'))
  or (t.state in ('cancelled', 'resolved_manually') and s.state = 'pending')
