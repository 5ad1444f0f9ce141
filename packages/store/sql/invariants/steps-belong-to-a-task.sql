-- A step has no task, or a task has not as many steps as it was created with.
-- What to do: restore what was deleted; Tasker removes a task only together with its steps.
select s.task_uuid, count(*)::integer as steps, null::integer as steps_total
from tasker.steps s
where not exists (select from tasker.tasks t where t.task_uuid = s.task_uuid)
group by s.task_uuid
union all
select t.task_uuid, count(s.step_uuid)::integer, t.steps_total
from tasker.tasks t left join tasker.steps s on s.task_uuid = t.task_uuid
group by t.task_uuid
having count(s.step_uuid) <> t.steps_total
