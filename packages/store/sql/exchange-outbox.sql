-- $1 published messages, {queue: [ids]}, $2 queues or null, $3 queues to leave alone, $4 how many per queue at most,
-- $5 hold in milliseconds
-- the messages to publish, per queue oldest first; deletes the published ones
select * from tasker.exchange_outbox($1::jsonb, $2::text[], $3::text[], $4, $5)
