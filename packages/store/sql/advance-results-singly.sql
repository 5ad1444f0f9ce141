-- $1 how many results at most, $2 actor, $3 time for a decision in milliseconds, $4 wake workers
-- one row: outcome (jsonb), with dead_lettered; deletes the messages, locks the tasks by id, then steps by id
select tasker.advance_results_singly($1, $2, $3, $4) as outcome
