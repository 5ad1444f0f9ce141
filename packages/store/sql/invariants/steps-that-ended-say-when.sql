-- A step has ended and does not say when, or says when though it has not ended.
-- What to do: set completed_at to the time of its last transition, or to null; then find out who wrote the state (its log).
select s.task_uuid, s.step_uuid, s.name, s.state, s.completed_at
from tasker.steps s
where (s.completed_at is not null) <> (s.state in ('complete', 'cancelled', 'resolved_manually'))
