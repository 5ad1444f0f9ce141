-- An enqueued step has no message in the queue of its namespace, or more than one.
-- What to do: none: send one, {task_uuid, step_uuid, correlation_id}, the step runs then; several: nothing, all but one are dropped.
select s.task_uuid, s.step_uuid, s.name, tasker.worker_queue(t.namespace) as queue_name, count(m.msg_id)::integer as messages
from tasker.steps s
join tasker.tasks t on t.task_uuid = s.task_uuid
left join tasker.live_step_messages() m
  on m.step_uuid = s.step_uuid and m.queue_name = tasker.worker_queue(t.namespace)
where s.state = 'enqueued'
group by s.task_uuid, s.step_uuid, s.name, t.namespace
having count(m.msg_id) <> 1
