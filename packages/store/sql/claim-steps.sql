-- $1 queue, $2 worker id, $3 how many at most, $4 lease in milliseconds, $5 steps that messages of a broker name, or null
-- the steps claimed, in no order; deletes their messages and locks their rows
select * from tasker.claim_steps($1, $2, $3, $4, $5::uuid[])
