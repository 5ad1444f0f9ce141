-- no parameters
-- one row: milliseconds until the next step is due, null when none is
select tasker.next_due_ms() as next_due_ms
