-- A task is complete though one of its steps is neither complete nor resolved manually.
-- What to do: look at the log of the task around completed_at; what the step should have done was not done.
select t.task_uuid, s.step_uuid, s.name, s.state, t.completed_at
from tasker.tasks t join tasker.steps s on s.task_uuid = t.task_uuid
where t.state = 'complete' and s.state not in ('complete', 'resolved_manually')
