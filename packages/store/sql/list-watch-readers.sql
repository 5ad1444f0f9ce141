-- $1 transactions to look for, or null for all
-- virtual ids of the transactions that have changed something and looked for watches, and are not over; locks nothing
with held as materialized (
  select l.* from pg_locks l where l.granted and l.pid <> pg_backend_pid()
)
select l.virtualtransaction as transaction
from held l
where l.relation = 'tasker.task_watches'::regclass and l.mode = 'AccessShareLock'
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and ($1::text[] is null or l.virtualtransaction = any ($1))
  -- One without a transaction id has changed nothing yet; pg_dump, which reads every table for hours, never does.
  and exists (
    select from held x where x.virtualtransaction = l.virtualtransaction and x.locktype = 'transactionid')
