-- $1 namespace or null for all
-- one row per template, by namespace, name and newest version
select namespace, name, version, description, step_count, created_at, template_uuid, content_hash
from tasker.task_templates
where $1::text is null or namespace = $1
order by namespace, name, created_at desc
