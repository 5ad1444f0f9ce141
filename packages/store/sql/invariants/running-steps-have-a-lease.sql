-- A step is in progress without a worker or an end of its lease, or its lease ended more than a minute ago.
-- What to do: without an end: set due_at to now(), recovery takes the step back; ended: see that orchestration runs.
select s.task_uuid, s.step_uuid, s.name, s.worker_id, s.attempts, s.due_at
from tasker.steps s
where s.state = 'in_progress' and (s.worker_id is null or s.due_at is null or s.due_at < now() - interval '1 minute')
