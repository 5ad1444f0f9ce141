-- $1 template (jsonb), $2 its steps (jsonb array)
-- one row: outcome (jsonb); holds an advisory lock on namespace, name and version
select tasker.register_template($1::jsonb, $2::jsonb) as outcome
