-- $1 tasks (jsonb array), $2 default max_attempts, $3 actor, $4 wake workers in this transaction, $5 limit of tasks that run
-- one row per task given: task_uuid, existing_uuid (null: created), created_at, waits; locks new rows only, and admission when there is a limit
select task_uuid, existing_uuid, created_at, waits from tasker.create_tasks($1::jsonb, $2, $3, $4, $5)
