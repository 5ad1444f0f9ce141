-- $1 published messages, {queue: [ids]}, $2 queues or null, $3 how many per queue at most, $4 hold in milliseconds
-- the messages to publish, per queue oldest first; deletes the published ones
select * from tasker.exchange_outbox($1::jsonb, $2::text[], $3, $4)
