-- $1 task id
-- no row, or the task with its template's name and version
select t.*, tt.name, tt.version
from tasker.tasks t join tasker.task_templates tt on tt.template_uuid = t.template_uuid
where t.task_uuid = $1
