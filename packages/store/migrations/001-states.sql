-- States, events and the transitions that are allowed. The TypeScript tables of @tasker/state-machine are the source;
-- a test compares every row here with them.

create type tasker.task_state as enum (
  'pending', 'initializing', 'enqueuing_steps', 'steps_in_process', 'evaluating_results', 'waiting_for_dependencies',
  'waiting_for_retry', 'blocked_by_failures', 'complete', 'error', 'cancelled', 'resolved_manually'
);

create type tasker.task_event as enum (
  'start', 'ready_steps_found', 'no_steps_found', 'no_dependencies_ready', 'steps_enqueued', 'enqueue_failed',
  'step_completed', 'all_steps_completed', 'step_failed', 'all_steps_successful', 'only_retries_pending',
  'steps_still_running', 'permanent_failure', 'dependencies_ready', 'retry_ready', 'give_up', 'manual_resolution',
  'operator_fixed_step', 'reset', 'cancel', 'resolve_manually', 'timeout'
);

create type tasker.step_state as enum (
  'pending', 'enqueued', 'in_progress', 'enqueued_for_orchestration', 'enqueued_as_error_for_orchestration',
  'waiting_for_retry', 'complete', 'error', 'cancelled', 'resolved_manually'
);

create type tasker.step_event as enum (
  'enqueue', 'start', 'enqueue_for_orchestration', 'enqueue_as_error_for_orchestration', 'lease_expired', 'complete',
  'wait_for_retry', 'fail', 'retry', 'reset_for_retry', 'cancel', 'resolve_manually', 'complete_manually'
);

create table tasker.task_transition_rules (
  from_state tasker.task_state not null,
  event tasker.task_event not null,
  to_state tasker.task_state not null,
  primary key (from_state, event, to_state)
);

create table tasker.step_transition_rules (
  from_state tasker.step_state not null,
  event tasker.step_event not null,
  to_state tasker.step_state not null,
  primary key (from_state, event, to_state)
);

insert into tasker.task_transition_rules (from_state, event, to_state) values
  ('pending', 'start', 'initializing'),
  ('initializing', 'ready_steps_found', 'enqueuing_steps'),
  ('initializing', 'no_steps_found', 'complete'),
  ('initializing', 'no_dependencies_ready', 'waiting_for_dependencies'),
  ('enqueuing_steps', 'steps_enqueued', 'steps_in_process'),
  ('enqueuing_steps', 'enqueue_failed', 'error'),
  ('steps_in_process', 'step_completed', 'evaluating_results'),
  ('steps_in_process', 'all_steps_completed', 'evaluating_results'),
  ('steps_in_process', 'step_failed', 'waiting_for_retry'),
  ('evaluating_results', 'all_steps_successful', 'complete'),
  ('evaluating_results', 'ready_steps_found', 'enqueuing_steps'),
  ('evaluating_results', 'no_dependencies_ready', 'waiting_for_dependencies'),
  ('evaluating_results', 'only_retries_pending', 'waiting_for_retry'),
  ('evaluating_results', 'steps_still_running', 'steps_in_process'),
  ('evaluating_results', 'permanent_failure', 'blocked_by_failures'),
  ('waiting_for_dependencies', 'dependencies_ready', 'evaluating_results'),
  ('waiting_for_retry', 'retry_ready', 'enqueuing_steps'),
  ('blocked_by_failures', 'give_up', 'error'),
  ('blocked_by_failures', 'manual_resolution', 'resolved_manually'),
  ('blocked_by_failures', 'operator_fixed_step', 'evaluating_results'),
  ('error', 'reset', 'pending'),
  ('error', 'reset', 'evaluating_results');

insert into tasker.task_transition_rules (from_state, event, to_state)
select s, e.event, e.to_state
from unnest(enum_range(null::tasker.task_state)) as s,
  (values ('cancel'::tasker.task_event, 'cancelled'::tasker.task_state),
    ('resolve_manually', 'resolved_manually'), ('timeout', 'error')) as e (event, to_state)
where s not in ('complete', 'error', 'cancelled', 'resolved_manually');

insert into tasker.step_transition_rules (from_state, event, to_state) values
  ('pending', 'enqueue', 'enqueued'),
  ('enqueued', 'start', 'in_progress'),
  ('in_progress', 'enqueue_for_orchestration', 'enqueued_for_orchestration'),
  ('in_progress', 'enqueue_as_error_for_orchestration', 'enqueued_as_error_for_orchestration'),
  ('in_progress', 'lease_expired', 'waiting_for_retry'),
  ('in_progress', 'lease_expired', 'error'),
  ('enqueued_for_orchestration', 'complete', 'complete'),
  ('enqueued_as_error_for_orchestration', 'wait_for_retry', 'waiting_for_retry'),
  ('enqueued_as_error_for_orchestration', 'fail', 'error'),
  ('waiting_for_retry', 'retry', 'pending'),
  ('error', 'reset_for_retry', 'pending'),
  ('pending', 'fail', 'error'),
  ('enqueued', 'fail', 'error');

insert into tasker.step_transition_rules (from_state, event, to_state)
select s, e.event, e.to_state
from unnest(enum_range(null::tasker.step_state)) as s,
  (values ('cancel'::tasker.step_event, 'cancelled'::tasker.step_state),
    ('resolve_manually', 'resolved_manually'), ('complete_manually', 'complete')) as e (event, to_state)
where s not in ('complete', 'cancelled', 'resolved_manually');
