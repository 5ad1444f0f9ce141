import { parseBatchRequest, parseListTasksQuery, parseTaskRequest, type TaskRequest } from '@tasker/protocol';
import { HttpError, type RequestLocals } from '@tasker/service-host';
import type { OperatorStore, SettledTask, TaskReader } from '@tasker/store';
import type { TaskId } from '@tasker/workflow';
import { type Request, type Response, Router } from 'express';
import type { SubmitOutcome, TaskIntake } from '../intake/task-intake';
import { toBatchAnswer, toCreatedTask } from './created-task-view';
import { badRequest, notFound, requireParsed, requireTaskId } from './request-errors';
import { toTaskResponse, toTaskSummary } from './task-view';

/** What the task routes work with. */
export interface TaskRoutesDeps {
  readonly intake: TaskIntake;
  readonly reader: TaskReader;
  readonly operator: OperatorStore;
  /** Told of tasks that operators end. */
  readonly onSettled: (task: SettledTask) => void;
  readonly defaultMaxAttempts: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tasks whose request names no correlation id get that of the caller's header, when it is one that can be stored. */
function withCorrelation(request: Request): (task: TaskRequest) => TaskRequest {
  const header = request.get('x-correlation-id');
  const correlation_id = header !== undefined && UUID.test(header) ? header : null;
  return (task) => (task.correlation_id === null && correlation_id !== null ? { ...task, correlation_id } : task);
}

function readTraceparent(response: Response): string | null {
  return (response.locals as RequestLocals).traceparent;
}

function describeTemplate({ namespace, name, version }: TaskRequest): string {
  return `template ${namespace}/${name}${version === null ? '' : ` version ${version}`}`;
}

function requireCreated(outcome: SubmitOutcome, request: TaskRequest): Extract<SubmitOutcome, { kind: 'created' }> {
  switch (outcome.kind) {
    case 'created':
      return outcome;
    case 'duplicate':
      throw new HttpError(409, 'CONFLICT', `task ${outcome.existingTaskUuid} has the same identity`, {
        task_uuid: outcome.existingTaskUuid,
      });
    case 'template_not_found':
      throw new HttpError(404, 'NOT_FOUND', `${describeTemplate(request)} is not registered: register it first`);
    case 'invalid':
      throw badRequest(outcome.problems);
  }
}

/** Gives the routes below `/v1/tasks`. */
export function createTaskRoutes({ intake, reader, operator, onSettled, defaultMaxAttempts }: TaskRoutesDeps): Router {
  async function create(request: Request, response: Response): Promise<void> {
    const parsed = withCorrelation(request)(requireParsed(parseTaskRequest(request.body)));
    const outcome = await intake.submit(parsed, readTraceparent(response));
    response.status(201).json(toCreatedTask(requireCreated(outcome, parsed), defaultMaxAttempts));
  }

  async function createBatch(request: Request, response: Response): Promise<void> {
    const { tasks } = requireParsed(parseBatchRequest(request.body));
    const parsed = tasks.map(parseTaskRequest);
    const requests = parsed.flatMap((one) => (one.ok ? [one.value] : [])).map(withCorrelation(request));
    const outcomes = (await intake.submitBatch(requests, readTraceparent(response))).values();
    const answers = parsed.map((one) => {
      if (!one.ok) return toBatchAnswer({ kind: 'invalid', problems: one.problems });
      const { value } = outcomes.next();
      return toBatchAnswer(value ?? { kind: 'template_not_found' });
    });
    const created = answers.filter((answer) => answer.status === 'created').length;
    response.status(created === answers.length ? 201 : 207).json({ tasks: answers, created });
  }

  async function list(request: Request, response: Response): Promise<void> {
    const query = requireParsed(parseListTasksQuery(request.query));
    const rows = await reader.listTasks({
      namespace: query.namespace,
      name: query.name,
      states: query.status,
      tag: query.tag,
      correlationId: query.correlation_id,
      initiator: query.initiator,
      createdFrom: query.created_from === undefined ? undefined : new Date(query.created_from),
      createdBefore: query.created_before === undefined ? undefined : new Date(query.created_before),
      after: query.cursor === undefined ? undefined : requireTaskId(query.cursor),
      limit: query.limit + 1,
    });
    const page = rows.slice(0, query.limit);
    const has_next = rows.length > query.limit;
    const next_cursor = has_next ? (page.at(-1)?.task_uuid ?? null) : null;
    const pagination = { limit: query.limit, has_next, next_cursor };
    response.json({ tasks: page.map(toTaskSummary), pagination });
  }

  async function show(taskUuid: TaskId, response: Response): Promise<void> {
    const [task, steps] = await Promise.all([reader.findTask(taskUuid), reader.listSteps(taskUuid)]);
    if (task === null) throw notFound(`task ${taskUuid}`);
    response.json(toTaskResponse(task, steps));
  }

  async function cancel(request: Request, response: Response): Promise<void> {
    const taskUuid = requireTaskId(request.params.taskUuid);
    const reason = typeof request.query.reason === 'string' ? request.query.reason.slice(0, 1000) : null;
    const actor = typeof request.query.cancelled_by === 'string' ? request.query.cancelled_by.slice(0, 255) : 'api';
    const outcome = await operator.endTask(taskUuid, 'cancel', { actor, reason });
    if (outcome.kind === 'not_found') throw notFound(`task ${taskUuid}`);
    if (outcome.kind === 'refused') {
      const message = `task ${taskUuid} is over already: it is ${outcome.state}`;
      throw new HttpError(409, 'CONFLICT', message, { task_status: outcome.state });
    }
    onSettled({ taskUuid, namespace: outcome.namespace, state: outcome.state });
    await show(taskUuid, response);
  }

  return Router()
    .post('/v1/tasks', create)
    .post('/v1/tasks/batch', createBatch)
    .get('/v1/tasks', list)
    .get('/v1/tasks/:taskUuid', (request, response) => show(requireTaskId(request.params.taskUuid), response))
    .delete('/v1/tasks/:taskUuid', cancel);
}
