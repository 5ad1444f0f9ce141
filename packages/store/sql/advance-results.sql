-- $1 how many results at most, $2 actor, $3 time for a decision in milliseconds, $4 wake workers
-- one row: outcome (jsonb); deletes the messages, locks the tasks by id, then steps by id
select tasker.advance_results($1, $2, $3, $4) as outcome
