-- no parameters
-- one row: retries that are due and not enqueued yet
select count(*)::integer as steps
from tasker.steps
where due_at <= clock_timestamp() and state = 'waiting_for_retry'
