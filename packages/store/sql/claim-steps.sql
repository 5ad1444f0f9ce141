-- $1 queue, $2 worker id, $3 how many at most, $4 lease in milliseconds
-- the steps claimed, in no order; deletes their messages and locks their rows
select * from tasker.claim_steps($1, $2, $3, $4)
