-- $1 step id, $2 event (reset_for_retry, complete_manually, resolve_manually), $3 result (jsonb), $4 actor, $5 reason
-- one row: outcome (jsonb); locks the task, then the step and its children
select tasker.resolve_step($1, $2::tasker.step_event, $3::jsonb, $4, $5) as outcome
