-- $1 step id, $2 event (reset_for_retry, complete_manually, resolve_manually), $3 result, $4 metadata (both jsonb), $5 actor, $6 reason
-- one row: outcome (jsonb); locks the task, then the step and its children
select tasker.resolve_step($1, $2::tasker.step_event, $3::jsonb, $4::jsonb, $5, $6) as outcome
