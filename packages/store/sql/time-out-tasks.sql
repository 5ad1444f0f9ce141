-- $1 time-out in seconds, $2 how many tasks at most, $3 actor
-- one row: outcome (jsonb); locks the tasks by id (held ones are skipped), then their steps by id
select tasker.time_out_tasks($1, $2, $3) as outcome
