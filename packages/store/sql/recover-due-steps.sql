-- $1 how many steps at most, $2 actor, $3 wake workers
-- one row: outcome (jsonb); locks the tasks by id (held ones are skipped), then the steps
select tasker.recover_due_steps($1, $2, $3) as outcome
