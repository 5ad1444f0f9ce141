-- $1 limit of tasks that run (0: none), $2 how many to let in at most, $3 actor, $4 wake workers
-- one row: outcome (jsonb); holds the lock of admission, locks the tasks (held ones are skipped)
select tasker.admit_tasks($1, $2, $3, $4) as outcome
