-- $1 namespace, $2 name, $3 states, $4 tags (all of them), $5 correlation id, $6 initiator, $7 created from, $8 created before,
-- $9 task id to continue after, $10 how many, $11 how many to pass over before; each filter may be null
-- tasks with their template's name and version, newest first
select t.*, tt.name, tt.version
from tasker.tasks t join tasker.task_templates tt on tt.template_uuid = t.template_uuid
where ($1::text is null or t.namespace = $1)
  and ($2::text is null or tt.name = $2)
  and ($3::text[] is null or t.state::text = any ($3))
  and ($4::text[] is null or t.tags @> $4)
  and ($5::uuid is null or t.correlation_id = $5)
  and ($6::text is null or t.initiator = $6)
  and ($7::timestamptz is null or t.created_at >= $7)
  and ($8::timestamptz is null or t.created_at < $8)
  and ($9::uuid is null or t.task_uuid < $9)
order by t.task_uuid desc
limit $10
offset $11
