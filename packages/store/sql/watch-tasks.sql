-- $1 watcher, $2 ids of the tasks that it watches, $3 ids of those that it does not watch any more, $4 time to live in milliseconds
-- ids of the tasks whose watch is new; locks the watcher's rows only
select task_uuid from tasker.watch_tasks($1, $2::uuid[], $3::uuid[], $4) as task_uuid
