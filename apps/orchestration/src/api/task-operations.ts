import {
  type BatchAnswer,
  type ListTasksQuery,
  parseBatchRequest,
  parseListTasksQuery,
  parseTaskRequest,
  type TaskListResponse,
  type TaskRequest,
  type TaskResponse,
  type TaskSummary,
  type TaskSummaryResponse,
} from '@tasker/protocol';
import { ApiError } from '@tasker/service-host';
import type {
  OperatorStore,
  SettledTask,
  Signature,
  TaskFilter,
  TaskReader,
  TaskRow,
  TemplateStore,
} from '@tasker/store';
import type { TaskId } from '@tasker/workflow';
import type { SubmitOutcome, TaskIntake } from '../intake/task-intake';
import { toBatchAnswer, toCreatedTask } from './created-task-view';
import { badRequest, notFound, requireParsed, requireTaskId } from './request-errors';
import { toTaskSummaryResponse } from './task-summary-view';
import { toTaskResponse, toTaskSummary } from './task-view';

/** What the operations on tasks work with. */
export interface TaskOperationsDeps {
  readonly intake: TaskIntake;
  readonly reader: TaskReader;
  readonly operator: OperatorStore;
  readonly templates: Pick<TemplateStore, 'find'>;
  /** Told of tasks that operators end. */
  readonly onSettled: (task: SettledTask) => void;
  readonly defaultMaxAttempts: number;
}

/** What a request brings with it besides its body. */
export interface RequestOrigin {
  readonly traceparent: string | null;
  /** The caller's own `x-correlation-id`, as it came. */
  readonly correlationHeader: string | undefined;
}

/** A page by its offset. */
export interface TaskSlice {
  readonly tasks: readonly TaskSummary[];
  /** How many tasks fit in all, counted up to {@link MAX_COUNTED_TASKS}. */
  readonly total: number;
  readonly hasMore: boolean;
}

/** What can be asked about tasks, whatever the transport. Input is checked here, ids are texts; refusals are thrown. */
export interface TaskOperations {
  create(request: unknown, origin: RequestOrigin): Promise<TaskResponse>;
  createBatch(
    request: unknown,
    origin: RequestOrigin,
  ): Promise<{ readonly tasks: readonly BatchAnswer[]; readonly created: number }>;
  /** Pages by cursor. */
  list(query: Readonly<Record<string, unknown>>): Promise<TaskListResponse>;
  /** Pages by offset, and counts. */
  slice(query: Readonly<Record<string, unknown>>, offset: number): Promise<TaskSlice>;
  get(taskUuid: unknown): Promise<TaskResponse>;
  cancel(taskUuid: unknown, signature: Signature): Promise<TaskResponse>;
  summary(taskUuid: unknown): Promise<TaskSummaryResponse>;
  /** The task as stored, for who follows it. */
  find(taskUuid: unknown): Promise<TaskRow>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tasks whose request names no correlation id get that of the caller's header, when it is one that can be stored. */
function withCorrelation({ correlationHeader: header }: RequestOrigin): (task: TaskRequest) => TaskRequest {
  const correlation_id = header !== undefined && UUID.test(header) ? header : null;
  return (task) => (task.correlation_id === null && correlation_id !== null ? { ...task, correlation_id } : task);
}

/** Where counting stops, since counting all would cost more than the page. */
export const MAX_COUNTED_TASKS = 10_000;

function describeTemplate({ namespace, name, version }: TaskRequest): string {
  return `template ${namespace}/${name}${version === null ? '' : ` version ${version}`}`;
}

function requireCreated(outcome: SubmitOutcome, request: TaskRequest): Extract<SubmitOutcome, { kind: 'created' }> {
  switch (outcome.kind) {
    case 'created':
      return outcome;
    case 'duplicate':
      throw new ApiError('TASK_EXISTS', `task ${outcome.existingTaskUuid} has the same identity`, {
        task_uuid: outcome.existingTaskUuid,
      });
    case 'template_not_found':
      throw new ApiError('NOT_FOUND', `${describeTemplate(request)} is not registered: register it first`);
    case 'invalid':
      throw badRequest(outcome.problems);
  }
}

function toFilter(query: ListTasksQuery): TaskFilter {
  return {
    namespace: query.namespace,
    name: query.name,
    states: query.status,
    tags: query.tag,
    correlationId: query.correlation_id,
    initiator: query.initiator,
    createdFrom: query.created_from === undefined ? undefined : new Date(query.created_from),
    createdBefore: query.created_before === undefined ? undefined : new Date(query.created_before),
  };
}

function createReading({ reader, templates, defaultMaxAttempts }: TaskOperationsDeps) {
  async function findTask(taskUuid: TaskId): Promise<TaskRow> {
    const task = await reader.findTask(taskUuid);
    if (task === null) throw notFound(`task ${taskUuid}`);
    return task;
  }

  async function findWithSteps(text: unknown) {
    const taskUuid = requireTaskId(text);
    const found = await reader.findTaskWithSteps(taskUuid);
    if (found === null) throw notFound(`task ${taskUuid}`);
    return found;
  }

  return {
    find: async (text: unknown): Promise<TaskRow> => findTask(requireTaskId(text)),

    async get(text: unknown): Promise<TaskResponse> {
      const { task, steps } = await findWithSteps(text);
      return toTaskResponse(task, steps);
    },

    async summary(text: unknown): Promise<TaskSummaryResponse> {
      const { task, steps } = await findWithSteps(text);
      const found = await templates.find(task.namespace, task.name, task.version);
      return toTaskSummaryResponse(task, steps, found?.template ?? null, defaultMaxAttempts);
    },
  };
}

function createListing({ reader }: Pick<TaskOperationsDeps, 'reader'>): Pick<TaskOperations, 'list' | 'slice'> {
  return {
    async list(input) {
      const query = requireParsed(parseListTasksQuery(input));
      const after = query.cursor === undefined ? undefined : requireTaskId(query.cursor);
      const rows = await reader.listTasks({ ...toFilter(query), after, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      const has_next = rows.length > query.limit;
      const next_cursor = has_next ? (page.at(-1)?.task_uuid ?? null) : null;
      return { tasks: page.map(toTaskSummary), pagination: { limit: query.limit, has_next, next_cursor } };
    },

    async slice(input, offset) {
      const query = requireParsed(parseListTasksQuery(input));
      const filter = toFilter(query);
      const [rows, total] = await Promise.all([
        reader.listTasks({ ...filter, offset, limit: query.limit + 1 }),
        reader.countTasks(filter, MAX_COUNTED_TASKS),
      ]);
      return { tasks: rows.slice(0, query.limit).map(toTaskSummary), total, hasMore: rows.length > query.limit };
    },
  };
}

/** Gives the operations on tasks. */
export function createTaskOperations(deps: TaskOperationsDeps): TaskOperations {
  const { intake, operator, onSettled, defaultMaxAttempts } = deps;
  const reading = createReading(deps);

  return {
    ...reading,
    ...createListing(deps),

    async create(input, origin) {
      const request = withCorrelation(origin)(requireParsed(parseTaskRequest(input)));
      const outcome = await intake.submit(request, origin.traceparent);
      return toCreatedTask(requireCreated(outcome, request), defaultMaxAttempts);
    },

    async createBatch(input, origin) {
      const parsed = requireParsed(parseBatchRequest(input)).tasks.map(parseTaskRequest);
      const requests = parsed.flatMap((one) => (one.ok ? [one.value] : [])).map(withCorrelation(origin));
      const outcomes = (await intake.submitBatch(requests, origin.traceparent)).values();
      const tasks = parsed.map((one) => {
        if (!one.ok) return toBatchAnswer({ kind: 'invalid', problems: one.problems });
        const { value } = outcomes.next();
        return toBatchAnswer(value ?? { kind: 'template_not_found' });
      });
      return { tasks, created: tasks.filter(({ status }) => status === 'created').length };
    },

    async cancel(text, signature) {
      const taskUuid = requireTaskId(text);
      const outcome = await operator.endTask(taskUuid, 'cancel', signature);
      if (outcome.kind === 'not_found') throw notFound(`task ${taskUuid}`);
      if (outcome.kind === 'refused') {
        const message = `task ${taskUuid} is over already: it is ${outcome.state}`;
        throw new ApiError('CONFLICT', message, { task_status: outcome.state });
      }
      onSettled({ taskUuid, namespace: outcome.namespace, state: outcome.state });
      return reading.get(taskUuid);
    },
  };
}
