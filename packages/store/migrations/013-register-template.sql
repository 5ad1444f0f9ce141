-- Registers a template: same content is a no-op, other content under a version that no task uses yet replaces it, other
-- content under a used version is refused. Returns {status: registered | unchanged | replaced | conflict, template_uuid}.
create function tasker.register_template(p_template jsonb, p_steps jsonb) returns jsonb
language plpgsql
as $$
declare
  v_new tasker.task_templates := jsonb_populate_record(null::tasker.task_templates, p_template);
  v_old tasker.task_templates;
  v_status text := 'registered';
begin
  perform pg_advisory_xact_lock(hashtextextended(
    'tasker.template:' || v_new.namespace || ':' || v_new.name || ':' || v_new.version, 0));
  select * into v_old from tasker.task_templates t
  where (t.namespace, t.name, t.version) = (v_new.namespace, v_new.name, v_new.version) for update;
  if found then
    if v_old.content_hash = v_new.content_hash then
      return jsonb_build_object('status', 'unchanged', 'template_uuid', v_old.template_uuid);
    end if;
    -- The row lock above conflicts with the key check of a task being created, so no task can slip in after this look.
    if exists (select from tasker.tasks t where t.template_uuid = v_old.template_uuid) then
      return jsonb_build_object('status', 'conflict', 'template_uuid', v_old.template_uuid);
    end if;
    delete from tasker.task_templates t where t.template_uuid = v_old.template_uuid;
    v_status := 'replaced';
  end if;

  insert into tasker.task_templates (template_uuid, namespace, name, version, description, identity_strategy, content_hash,
    definition, step_count, root_count)
  values (v_new.template_uuid, v_new.namespace, v_new.name, v_new.version, v_new.description, v_new.identity_strategy,
    v_new.content_hash, v_new.definition, v_new.step_count, v_new.root_count);
  insert into tasker.template_steps (template_uuid, step_no, name, step_type, handler, timeout_ms, retryable, max_attempts,
    backoff, parent_nos, child_nos, ancestor_nos)
  select v_new.template_uuid, s.step_no, s.name, s.step_type, s.handler, s.timeout_ms, s.retryable, s.max_attempts, s.backoff,
    s.parent_nos, s.child_nos, s.ancestor_nos
  from jsonb_populate_recordset(null::tasker.template_steps, p_steps) s;

  perform tasker.create_queue(tasker.worker_queue(v_new.namespace));
  perform pg_notify('tasker_template_registered', v_new.namespace || '/' || v_new.name || '/' || v_new.version);
  return jsonb_build_object('status', v_status, 'template_uuid', v_new.template_uuid);
end $$;
