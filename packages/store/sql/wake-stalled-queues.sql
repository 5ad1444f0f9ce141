-- $1 milliseconds that a message may be visible
-- names of the queues whose consumers were woken; locks nothing
select queue from tasker.wake_stalled_queues($1) as queue
