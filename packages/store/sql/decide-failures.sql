-- $1 decisions (jsonb array), $2 actor
-- one row: outcome (jsonb); locks the tasks by id, then the steps by id
select tasker.decide_failures($1::jsonb, $2) as outcome
