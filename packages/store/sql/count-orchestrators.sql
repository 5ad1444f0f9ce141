-- $1: how the application names of orchestration processes begin
-- one row: how many different ones are connected to this database
select count(distinct application_name)::integer as orchestrators
from pg_stat_activity
where datname = current_database() and starts_with(application_name, $1)
