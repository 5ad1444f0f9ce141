-- $1 watcher
-- no rows; all its watches end
delete from tasker.task_watches where watcher = $1
