-- A task waits for admission though one of its steps has begun.
-- What to do: cancel the task, or let it in (raise the limit); what has run may run again then. See in the step's log who began it.
select t.task_uuid, s.step_uuid, s.name, s.state
from tasker.tasks t join tasker.steps s on s.task_uuid = t.task_uuid
where t.state = 'pending' and s.state <> 'pending'
