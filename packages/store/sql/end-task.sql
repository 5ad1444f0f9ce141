-- $1 task id, $2 event (cancel, timeout, resolve_manually), $3 actor, $4 reason
-- one row: outcome (jsonb); locks the task, then its steps by id
select tasker.end_task($1, $2::tasker.task_event, $3, $4) as outcome
