-- $1 worker id, $2 step ids, $3 attempts, $4 lease in milliseconds
-- ids of the steps that the worker does not hold any more; locks the steps by id
select step_uuid from tasker.renew_leases($1, $2::uuid[], $3::integer[], $4) as step_uuid
