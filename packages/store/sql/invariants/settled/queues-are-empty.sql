-- A message is left in a queue of workers or of orchestration though no task has anything to do.
-- What to do: nothing when a process of that namespace runs, it drops the message; else delete it.
select m.queue_name, m.msg_id, m.step_uuid, s.state
from tasker.live_step_messages() m left join tasker.steps s on s.step_uuid = m.step_uuid
