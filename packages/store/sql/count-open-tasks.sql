-- no parameters
-- one row per namespace and state that has unfinished tasks
select namespace, state, count(*)::integer as tasks
from tasker.tasks
where completed_at is null
group by namespace, state
