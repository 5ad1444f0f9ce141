-- $1 how many results at most, $2 actor, $3 time for a decision in milliseconds, $4 wake workers, $5 steps that messages of a broker name, or null
-- one row: outcome (jsonb); deletes the messages, locks the tasks by id, then steps by id
select tasker.advance_results($1, $2, $3, $4, $5::uuid[]) as outcome
