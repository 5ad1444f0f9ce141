-- A step has used more attempts than it has, or is enqueued for one that it does not have (no worker could claim it).
-- What to do: raise max_attempts of the step by one, or fail it; then find out who decided on the retry (its log).
select s.task_uuid, s.step_uuid, s.name, s.state, s.attempts, s.max_attempts
from tasker.steps s
where s.attempts > s.max_attempts or (s.state in ('enqueued', 'waiting_for_retry') and s.attempts >= s.max_attempts)
