-- $1 milliseconds that a message may be visible
-- one row: outcome (jsonb); locks nothing
select tasker.wake_stalled_queues($1) as outcome
