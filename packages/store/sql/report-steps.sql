-- $1 worker id, $2 reports (jsonb array), $3 wake orchestration
-- ids of the steps whose outcome was accepted; locks the steps by id
select step_uuid from tasker.report_steps($1, $2::jsonb, $3) as step_uuid
