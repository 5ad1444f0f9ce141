-- $1 queue names
-- one row per queue; creates those that are missing, one process after the other
select tasker.create_queue(queue) from unnest($1::text[]) as queue
