import type { RequestProblem, TaskRequest } from '@tasker/protocol';
import { type NewTask, newTaskId } from '@tasker/store';
import { decideIdentity, validateContext } from '@tasker/workflow';
import type { PreparedTemplate, TemplateCache } from './template-cache';

/** A request that can be stored, or why not. */
export type PreparedTask =
  | { readonly kind: 'ready'; readonly task: NewTask; readonly template: PreparedTemplate }
  | { readonly kind: 'template_not_found' }
  | { readonly kind: 'invalid'; readonly problems: readonly RequestProblem[] };

function atContext(problems: readonly RequestProblem[]): PreparedTask {
  return {
    kind: 'invalid',
    problems: problems.map(({ path, message }) => ({
      path: path === '' || path.startsWith('[') ? `context${path}` : `context.${path}`,
      message,
    })),
  };
}

/** Nothing is refused for a schema that has been replaced meanwhile: before that, the template is read again. */
async function findFitting(request: TaskRequest, templates: TemplateCache): Promise<PreparedTemplate | null> {
  const { namespace, name, version, context } = request;
  const known = await templates.find(namespace, name, version);
  if (known === null || known.checkInput(context).length === 0) return known;
  templates.clear();
  return templates.find(namespace, name, version);
}

/** Checks a request against the limits, its template and the template's input schema, and makes the task to store. */
export async function prepareTask(
  request: TaskRequest,
  traceparent: string | null,
  templates: TemplateCache,
): Promise<PreparedTask> {
  const checked = validateContext(request.context);
  if (!checked.ok) return atContext([checked]);
  const template = await findFitting(request, templates);
  if (template === null) return { kind: 'template_not_found' };
  const problems = template.checkInput(request.context);
  if (problems.length > 0) return atContext(problems);

  const { namespace, name, version, identityStrategy: strategy } = template.template;
  const { context, idempotency_key: idempotencyKey } = request;
  const identity = decideIdentity({ strategy, namespace, name, version, context, idempotencyKey });
  if (identity.kind === 'missing_key') {
    return {
      kind: 'invalid',
      problems: [
        { path: 'idempotency_key', message: 'is required: the template has identity_strategy caller_provided' },
      ],
    };
  }
  const taskUuid = newTaskId();
  const task: NewTask = {
    taskUuid,
    templateUuid: template.templateUuid,
    context,
    identityHash: identity.kind === 'identity' ? identity.hash : null,
    correlationId: request.correlation_id ?? taskUuid,
    parentCorrelationId: request.parent_correlation_id,
    traceparent,
    initiator: request.initiator,
    sourceSystem: request.source_system,
    reason: request.reason,
    priority: request.priority,
    tags: request.tags,
  };
  return { kind: 'ready', task, template };
}
