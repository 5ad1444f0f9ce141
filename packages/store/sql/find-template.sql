-- $1 namespace, $2 name, $3 version or null for the highest (a release before its prereleases)
-- no row, or the template as registered
select template_uuid, content_hash, definition
from tasker.task_templates
where namespace = $1 and name = $2 and ($3::text is null or version = $3)
order by string_to_array(split_part(version, '-', 1), '.')::integer[] desc, position('-' in version) > 0, version desc
limit 1
