-- $1 worker id, $2 step ids, $3 attempts
-- one row: how many steps were handed back; locks the steps by id
select tasker.release_steps($1, $2::uuid[], $3::integer[]) as released
