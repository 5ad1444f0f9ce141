-- The counts on a task are not what its steps say, so that the task may be finalized too early or never.
-- What to do: set the counts to the counted ones while no step of the task moves; then find out who wrote them.
select t.task_uuid, t.state, c.counted,
  jsonb_build_object('active', t.steps_active, 'done', t.steps_done, 'retrying', t.steps_retrying, 'failed', t.steps_failed,
    'cancelled', t.steps_cancelled) as stored
from tasker.tasks t
cross join lateral (
  select jsonb_build_object(
    'active', count(*) filter (where s.state in ('enqueued', 'in_progress', 'enqueued_for_orchestration',
      'enqueued_as_error_for_orchestration')),
    'done', count(*) filter (where s.state in ('complete', 'resolved_manually')),
    'retrying', count(*) filter (where s.state = 'waiting_for_retry'),
    'failed', count(*) filter (where s.state = 'error'),
    'cancelled', count(*) filter (where s.state = 'cancelled')) as counted
  from tasker.steps s where s.task_uuid = t.task_uuid
) c
where c.counted <> jsonb_build_object('active', t.steps_active, 'done', t.steps_done, 'retrying', t.steps_retrying,
  'failed', t.steps_failed, 'cancelled', t.steps_cancelled)
