-- $1 queues that the broker says are empty, $2 milliseconds, $3 how many per queue at most, $4 wake relays
-- one row: how many steps' messages were sent again; locks those steps (held ones are skipped)
select tasker.resend_lost_messages($1::text[], $2, $3, $4) as sent
