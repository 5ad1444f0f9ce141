-- $1 tasks (jsonb array), $2 default max_attempts, $3 actor, $4 wake workers in this transaction
-- one row per task given: task_uuid, existing_uuid (null: created), created_at; locks new rows only
select task_uuid, existing_uuid, created_at from tasker.create_tasks($1::jsonb, $2, $3, $4)
