-- A retry, a lease or a decision was due more than a minute ago and nobody has taken it up, or a retry has no due time at all.
-- What to do: without a due time: set due_at to now(); else see that an orchestration process runs and that its recovery reports
-- no errors; it takes them up by itself.
select s.task_uuid, s.step_uuid, s.name, s.state, s.due_at, s.worker_id
from tasker.steps s
where s.due_at < now() - interval '1 minute' or (s.state = 'waiting_for_retry' and s.due_at is null)
