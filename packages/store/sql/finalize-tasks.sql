-- $1 how many requests at most, $2 actor, $3 wake workers
-- one row: outcome (jsonb); deletes the messages, locks the tasks by id
select tasker.finalize_tasks($1, $2, $3) as outcome
