-- Two tasks have the same identity.
-- What to do: decide which one counts and cancel the other; then see why the unique index did not hold (amcheck, reindex).
select t.identity_hash, array_agg(t.task_uuid order by t.created_at) as task_uuids
from tasker.tasks t
where t.identity_hash is not null
group by t.identity_hash
having count(*) > 1
