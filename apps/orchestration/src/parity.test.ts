import { status } from '@grpc/grpc-js';
import type { StepAuditResponse, StepResponse, TaskResponse } from '@tasker/protocol';
import {
  type CreateTaskRequest,
  type ListTasksRequest,
  StepManualActionType,
  StepServiceService,
  StepState,
  TaskServiceService,
  TaskState,
} from '@tasker/protocol/grpc';
import { until } from '@tasker/testing';
import { asJson, described, expectSameRefusal, expectSameStep, expectSameTask, refusalOf } from './testing/parity';
import { failForGood, startApi, type TestApi } from './testing/start-api';

const input_schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer', minimum: 0 } } };

let api: TestApi;
beforeAll(async () => {
  const strict = described('strict', { identity_strategy: 'strict' });
  api = await startApi([described('order'), strict, described('checked', { input_schema })]);
});
afterAll(() => api?.[Symbol.asyncDispose]());

const request = (more: Partial<CreateTaskRequest> = {}): CreateTaskRequest => ({
  namespace: 'shop',
  name: 'order',
  version: '',
  context: { order_id: 'AB-1', lines: [{ sku: 'x', price: 1.5, gift: null }] },
  tags: [],
  ...more,
});

const none = { pagination: undefined, states: [], tags: [], sort: undefined } satisfies ListTasksRequest;

const create = (more: Partial<CreateTaskRequest> = {}) => api.grpc(TaskServiceService.createTask, request(more));
const createByRest = (more: object) => api.rest('POST', '/v1/tasks', { ...request(), version: null, ...more });
const getTask = (task_uuid: string) =>
  api.grpc(TaskServiceService.getTask, { task_uuid, include_steps: true, include_context: true });
const getByRest = async (taskUuid: string) => (await api.rest('GET', `/v1/tasks/${taskUuid}`)).body as TaskResponse;
const list = (filter: Partial<ListTasksRequest>) => api.grpc(TaskServiceService.listTasks, { ...none, ...filter });
const untilState = (taskUuid: string, state: string) =>
  until(`task ${taskUuid} is ${state}`, async () => (await getByRest(taskUuid)).status === state);

async function createdBy(more: Partial<CreateTaskRequest> = {}): Promise<string> {
  return (await create(more)).task?.task_uuid ?? '';
}

test('a task that gRPC created is the task that REST shows, field by field', async () => {
  const correlation_id = '01901234-5678-7abc-8def-0123456789ab';
  const created = await create({ correlation_id, priority: 7, tags: ['a', 'b'], reason: 'why', initiator: 'ada' });
  const shown = await getByRest(created.task?.task_uuid ?? '');
  expectSameTask(created.task, shown);
  expect(created.task).toMatchObject({ correlation_id, priority: 7, tags: ['a', 'b'], reason: 'why', ready_steps: 1 });
});

test('a task, its steps and its context are the same over both', async () => {
  const taskUuid = await createdBy();
  await api.work();
  await until('ship is enqueued', async () => (await getByRest(taskUuid)).completed_steps === 1);
  await api.work();
  await untilState(taskUuid, 'complete');
  const shown = await getByRest(taskUuid);
  const { task, steps, context } = await getTask(taskUuid);
  expectSameTask(task, shown);
  expect(steps).toHaveLength(2);
  for (const [index, one] of steps.entries()) expectSameStep(one, shown.steps[index] as StepResponse);
  const outputs = { charge: { by: 'charge' }, ship: { by: 'ship' } };
  expect(context).toEqual({ inputs: shown.context, outputs, merged: { ...shown.context, ...outputs } });
  const summary = await api.grpc(TaskServiceService.getTaskSummary, { task_uuid: taskUuid });
  const summarized = (await api.rest('GET', `/v1/tasks/${taskUuid}/summary`)).body as { links: object };
  expect(asJson(summary)).toEqual({
    ...summarized,
    links: { ...summarized.links, dlq: '' },
    task: asJson(summary.task),
  });
  expect(summary.task).toMatchObject({ task_uuid: taskUuid, status: 'complete', completed_steps: 2 });
});

test('a second task of one identity is refused with the id of the first', async () => {
  const first = await createdBy({ name: 'strict' });
  const again = create({ name: 'strict' });
  await expectSameRefusal(again, createByRest({ name: 'strict' }), { grpc: status.ALREADY_EXISTS, http: 409 });
  const { details } = await refusalOf(create({ name: 'strict' }));
  expect(details[0]?.metadata.get('task_uuid')).toBe(first);
});

test('an idempotency key makes one task of two requests', async () => {
  const first = await createdBy({ idempotency_key: 'k-1', name: 'strict', context: { n: 1 } });
  const { details } = await refusalOf(create({ idempotency_key: 'k-1', name: 'strict', context: { n: 2 } }));
  expect(details[0]?.metadata.get('task_uuid')).toBe(first);
});

test.each([
  ['an unknown template', { name: 'nobody' }, status.NOT_FOUND, 404],
  ['an unknown version', { version: '9.9.9' }, status.NOT_FOUND, 404],
  ['a context that does not fit the schema', { name: 'checked', context: { n: -1 } }, status.INVALID_ARGUMENT, 400],
  ['several wrong fields', { namespace: 'Shop!', priority: 1_000 }, status.INVALID_ARGUMENT, 400],
  ['a correlation id that is none', { correlation_id: 'x' }, status.INVALID_ARGUMENT, 400],
] as const)('%s is refused for the same reason', async (_what, more, grpc, http) => {
  await expectSameRefusal(create(more), createByRest(more), { grpc, http });
});

test('fields that are missing are named', async () => {
  const { message, details } = await refusalOf(create({ name: '', namespace: '', context: undefined }));
  expect(message).toBe('namespace is required (and 2 more, see details)');
  expect(details.map(({ field }) => field)).toEqual(['namespace', 'name', 'context']);
});

test.each([
  ['too many keys', Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, index]))],
  ['a NUL character', { text: 'a\u0000b' }],
  ['a number that is none', { n: Number.NaN }],
  ['a key that changes the prototype', JSON.parse('{"__proto__":{"admin":true}}')],
])('a context with %s is refused before the database sees it', async (_what, context) => {
  const refusal = await refusalOf(create({ context }));
  expect(refusal).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'INVALID_REQUEST' });
});

test('lists have the same tasks under the same filters, and page by offset', async () => {
  const tags = ['list', 'parity'];
  for (let index = 0; index < 3; index += 1) await create({ tags, initiator: `person-${index}` });
  const byRest = async (query: string) =>
    ((await api.rest('GET', `/v1/tasks?${query}`)).body as { tasks: TaskResponse[] }).tasks;
  const compare = async (filter: Partial<ListTasksRequest>, query: string, count: number) => {
    const [{ tasks }, shown] = await Promise.all([list(filter), byRest(query)]);
    expect([tasks.length, shown.length]).toEqual([count, count]);
    for (const [index, one] of tasks.entries()) expectSameTask(one, shown[index] as TaskResponse);
  };
  await compare({ tags }, 'tag=list&tag=parity', 3);
  await compare({ tags: ['list', 'nobody'] }, 'tag=list&tag=nobody', 0);
  await compare({ tags, initiator: 'person-1' }, 'tag=list&initiator=person-1', 1);
  await compare({ tags, namespace: 'shop', name: 'order' }, 'tag=list&namespace=shop&name=order', 3);
  await compare({ tags, states: [TaskState.TASK_STATE_STEPS_IN_PROCESS] }, 'tag=list&status=steps_in_process', 3);
  await compare({ tags, created_at: { end: new Date(0) } }, 'tag=list&created_before=1970-01-01T00:00:00Z', 0);
  const last = await list({ tags, pagination: { limit: 2, offset: 1 } });
  expect(last.pagination).toEqual({ total: 3, count: 2, offset: 1, has_more: false });
  expect(last.tasks.map(({ initiator }) => initiator)).toEqual(['person-1', 'person-0']);
});

test('a list that cannot be given is refused', async () => {
  const wrong = list({ pagination: { limit: 1_000 } });
  await expectSameRefusal(wrong, api.rest('GET', '/v1/tasks?limit=1000'), { grpc: status.INVALID_ARGUMENT, http: 400 });
  expect(await refusalOf(list({ pagination: { offset: -1 } }))).toMatchObject({ code: 'BAD_REQUEST' });
  expect(await refusalOf(list({ states: [99 as TaskState] }))).toMatchObject({ code: 'BAD_REQUEST' });
  expect(await refusalOf(list({ sort: { field: 'name', direction: 1 } }))).toMatchObject({
    message: 'sort must be created_at, descending',
  });
});

test('a failed step is completed by hand as over REST, and its log is the same', async () => {
  const taskUuid = await createdBy();
  await until('the step has failed', async () => {
    await api.work(failForGood);
    return (await getByRest(taskUuid)).status === 'blocked_by_failures';
  });
  const [failed] = (await getByRest(taskUuid)).steps;
  expect(failed).toMatchObject({ attempts: 1, retry_eligible: false });
  const address = { task_uuid: taskUuid, step_uuid: failed?.step_uuid ?? '' };
  const path = `/v1/tasks/${address.task_uuid}/workflow_steps/${address.step_uuid}`;
  const resolve = {
    ...address,
    performed_by: 'ada',
    reason: 'paid in cash',
    result: { paid: true },
    metadata: { till: 4 },
  };
  const action_type = StepManualActionType.STEP_MANUAL_ACTION_TYPE_COMPLETE_MANUALLY;
  const resolved = await api.grpc(StepServiceService.resolveStep, { ...resolve, action_type });
  const shown = (await api.rest('GET', path)).body as StepResponse;
  expectSameStep(resolved.step, shown);
  expect(resolved.step).toMatchObject({ state: StepState.STEP_STATE_COMPLETE, results: { paid: true } });
  expectSameStep((await api.grpc(StepServiceService.getStep, address)).step, shown);

  const { audit_records } = await api.grpc(StepServiceService.getStepAudit, address);
  const audit = (await api.rest('GET', `${path}/audit`)).body as StepAuditResponse[];
  expect(audit[0]).toMatchObject({ event: 'complete_manually', metadata: { till: 4 } });
  expect(audit_records.map(({ transition_uuid, to_state }) => [transition_uuid, StepState[to_state]])).toEqual(
    audit.map(({ transition_uuid, to_state }) => [transition_uuid, `STEP_STATE_${to_state.toUpperCase()}`]),
  );
  await expectSameRefusal(
    api.grpc(StepServiceService.resolveStep, { ...resolve, action_type }),
    api.rest('PATCH', path, {
      action_type: 'complete_manually',
      completed_by: 'ada',
      reason: 'paid in cash',
      completion_data: { result: { paid: true } },
    }),
    { grpc: status.FAILED_PRECONDITION, http: 409 },
  );
});

test('an action without its actor, or that is none, is refused', async () => {
  const some = { task_uuid: 'x', step_uuid: 'x', reason: 'r', performed_by: '' };
  const action_type = StepManualActionType.STEP_MANUAL_ACTION_TYPE_RESET_FOR_RETRY;
  const anonymous = api.grpc(StepServiceService.resolveStep, { ...some, action_type });
  expect((await refusalOf(anonymous)).message).toBe('performed_by is required');
  const nothing = api.grpc(StepServiceService.resolveStep, { ...some, performed_by: 'ada', action_type: 0 });
  expect((await refusalOf(nothing)).message).toBe('action_type must be one of the actions');
});

test('a task is cancelled once; the second time both refuse', async () => {
  const taskUuid = await createdBy();
  const cancel = () => api.grpc(TaskServiceService.cancelTask, { task_uuid: taskUuid, reason: 'no stock' });
  const cancelled = await cancel();
  expect(cancelled.success).toBe(true);
  expectSameTask(cancelled.task, await getByRest(taskUuid));
  const path = `/v1/tasks/${taskUuid}`;
  await expectSameRefusal(cancel(), api.rest('DELETE', path), { grpc: status.FAILED_PRECONDITION, http: 409 });
});

test('an empty reason or actor of a cancellation counts as not given', async () => {
  const [overGrpc, overRest] = [await createdBy(), await createdBy()];
  await api.grpc(TaskServiceService.cancelTask, { task_uuid: overGrpc, reason: '' });
  await api.rest('DELETE', `/v1/tasks/${overRest}?cancelled_by=&reason=`);
  const steps = (taskUuid: string) => `/v1/tasks/${taskUuid}/workflow_steps`;
  for (const taskUuid of [overGrpc, overRest]) {
    const [first] = (await api.rest('GET', steps(taskUuid))).body as StepResponse[];
    const { body } = await api.rest('GET', `${steps(taskUuid)}/${first?.step_uuid}/audit`);
    expect((body as StepAuditResponse[])[0]).toMatchObject({ event: 'cancel', actor: 'api', reason: null });
  }
});

test.each([
  ['01901234-5678-7abc-8def-000000000000', status.NOT_FOUND, 404],
  ['no-uuid', status.INVALID_ARGUMENT, 400],
] as const)('task %s is refused by every reading method', async (task_uuid, grpc, http) => {
  const path = `/v1/tasks/${task_uuid}`;
  const of = { task_uuid };
  await expectSameRefusal(getTask(task_uuid), api.rest('GET', path), { grpc, http });
  await expectSameRefusal(api.grpc(TaskServiceService.getTaskSummary, of), api.rest('GET', `${path}/summary`), {
    grpc,
    http,
  });
  await expectSameRefusal(api.grpc(StepServiceService.listSteps, of), api.rest('GET', `${path}/workflow_steps`), {
    grpc,
    http,
  });
});
