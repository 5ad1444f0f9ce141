import { status } from '@grpc/grpc-js';
import type { StepStateEvent, TaskStateEvent } from '@tasker/protocol';
import {
  StepState,
  TaskServiceService,
  TaskState,
  type TaskStatusUpdate,
  TaskStatusUpdate_UpdateType as UpdateType,
} from '@tasker/protocol/grpc';
import { until } from '@tasker/testing';
import { createFakeTaskChanges, type FakeTaskChanges } from './testing/fake-task-changes';
import { failForGood, startApi, type TestApi } from './testing/start-api';
import { ORDER } from './testing/templates';

interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: TaskStateEvent | StepStateEvent;
}

let changes: FakeTaskChanges;
let api: TestApi;
beforeAll(async () => {
  changes = createFakeTaskChanges();
  api = await startApi([ORDER], { taskChanges: changes });
});
afterAll(() => api?.[Symbol.asyncDispose]());

async function submit(): Promise<string> {
  const answer = await api.rest('POST', '/v1/tasks', { namespace: 'shop', name: 'order', context: {} });
  return (answer.body as { task_uuid: string }).task_uuid;
}

const statusOf = async (taskUuid: string) =>
  ((await api.rest('GET', `/v1/tasks/${taskUuid}`)).body as { status: string }).status;

/** Runs the steps that wait, as a worker would, until the task is in the state; tells of each change. */
async function runUntil(taskUuid: string, state: string, outcome?: Parameters<TestApi['work']>[0]): Promise<void> {
  await until(`task ${taskUuid} is ${state}`, async () => {
    await api.work(outcome);
    changes.tell(taskUuid);
    return (await statusOf(taskUuid)) === state;
  });
  changes.tell(taskUuid);
}

function parseEvent(text: string): Received | null {
  const fields = Object.fromEntries(
    text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return fields.data === undefined
    ? null
    : { id: fields.id ?? '', event: fields.event ?? '', data: JSON.parse(fields.data) };
}

async function follow(taskUuid: string, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const answer = await fetch(`${api.url}/v1/tasks/${taskUuid}/events`, { headers });
  const whole = answer.text().then((text) => text.split('\n\n').flatMap((one) => parseEvent(one) ?? []));
  return { status: answer.status, events: whole };
}

const describe = ({ event, data }: Received) => `${'name' in data ? data.name : event} ${data.to_state}`;

test('a follower is told of each change from the start, once and in order, until the task has ended', async () => {
  const taskUuid = await submit();
  const { events } = await follow(taskUuid);
  await runUntil(taskUuid, 'complete');
  const received = await events;
  expect(received.slice(0, 4).map(describe)).toEqual([
    'charge enqueued',
    'task initializing',
    'task enqueuing_steps',
    'task steps_in_process',
  ]);
  expect(received.map(describe)).toEqual(expect.arrayContaining(['charge complete', 'ship in_progress']));
  expect(received.at(-1)).toMatchObject({
    event: 'task',
    data: { task_uuid: taskUuid, event: 'all_steps_successful', to_state: 'complete', actor: expect.any(String) },
  });
  expect(new Set(received.map(({ event, data }) => `${event} ${data.sequence}`)).size).toBe(received.length);
});

test('a follower that comes back goes on after the last event that it got', async () => {
  const taskUuid = await submit();
  await runUntil(taskUuid, 'complete');
  const all = await (await follow(taskUuid)).events;
  const resumed = await follow(taskUuid, all[5]?.id);
  expect(await resumed.events).toEqual(all.slice(6));
  const late = await follow(taskUuid, all.at(-1)?.id);
  expect(late.status).toBe(204);
});

test('a follower that goes away is no longer watched for', async () => {
  const taskUuid = await submit();
  const leaving = new AbortController();
  const answer = await fetch(`${api.url}/v1/tasks/${taskUuid}/events`, { signal: leaving.signal });
  await changes.untilWatched(taskUuid);
  leaving.abort();
  await answer.text().catch(() => '');
  await until('nobody watches', async () => changes.watcherCount === 0);
});

test.each([
  ['no-uuid', {}, 400],
  ['01901234-5678-7abc-8def-000000000000', {}, 404],
  ['01901234-5678-7abc-8def-000000000000', { 'last-event-id': 'x' }, 400],
])('following %s with %j is refused', async (taskUuid, headers, code) => {
  expect((await fetch(`${api.url}/v1/tasks/${taskUuid}/events`, { headers })).status).toBe(code);
});

function stream(task_uuid: string, include_steps: boolean) {
  const { path, requestSerialize, responseDeserialize } = TaskServiceService.streamTaskStatus;
  const request = { task_uuid, include_steps };
  const source = api.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  const updates: TaskStatusUpdate[] = [];
  source.on('data', (update: TaskStatusUpdate) => updates.push(update));
  const ended = new Promise<TaskStatusUpdate[]>((resolve, reject) => {
    source.once('end', () => resolve(updates));
    source.once('error', reject);
  });
  return { source, ended };
}

test('StreamTaskStatus gives the state at once, then each change, and ends with the task', async () => {
  const taskUuid = await submit();
  const { source, ended } = stream(taskUuid, false);
  const first = await new Promise<TaskStatusUpdate>((done) => source.once('data', done));
  expect(first).toMatchObject({
    update_type: UpdateType.UPDATE_TYPE_TASK_STATE_CHANGE,
    task_state: TaskState.TASK_STATE_STEPS_IN_PROCESS,
    timestamp: expect.any(Date),
  });
  await runUntil(taskUuid, 'complete');
  const updates = await ended;
  expect(updates.every(({ step_update }) => step_update === undefined)).toBe(true);
  expect(updates.at(-1)).toMatchObject({
    update_type: UpdateType.UPDATE_TYPE_TASK_COMPLETE,
    task_state: TaskState.TASK_STATE_COMPLETE,
  });
});

test('StreamTaskStatus tells of steps if asked for, with the message of a failure', async () => {
  const taskUuid = await submit();
  const { ended } = stream(taskUuid, true);
  await changes.untilWatched(taskUuid);
  await runUntil(taskUuid, 'blocked_by_failures', failForGood);
  await api.rest('DELETE', `/v1/tasks/${taskUuid}`);
  changes.tell(taskUuid);
  const updates = await ended;
  expect(updates).toContainEqual(
    expect.objectContaining({
      update_type: UpdateType.UPDATE_TYPE_STEP_STATE_CHANGE,
      error_message: 'the card was refused',
      step_update: expect.objectContaining({ name: 'charge', attempt: 1 }),
    }),
  );
  expect(updates.filter(({ step_update }) => step_update?.state === StepState.STEP_STATE_ERROR)).toHaveLength(1);
  expect(updates.at(-1)).toMatchObject({ task_state: TaskState.TASK_STATE_CANCELLED });
});

test('StreamTaskStatus of a task that has ended gives the end and ends', async () => {
  const taskUuid = await submit();
  await runUntil(taskUuid, 'complete');
  const updates = await stream(taskUuid, false).ended;
  expect(updates.map(({ task_state }) => task_state)).toEqual([TaskState.TASK_STATE_COMPLETE]);
});

test('StreamTaskStatus of no task is NOT_FOUND', async () => {
  const { ended } = stream('01901234-5678-7abc-8def-000000000000', false);
  await expect(ended).rejects.toMatchObject({ code: status.NOT_FOUND });
});

test('followers do not hold up a stop, over either transport', async () => {
  await using own = await startApi([ORDER], { taskChanges: changes });
  const made = await own.rest('POST', '/v1/tasks', { namespace: 'shop', name: 'order', context: {} });
  const { task_uuid } = made.body as { task_uuid: string };
  const answer = await fetch(`${own.url}/v1/tasks/${task_uuid}/events`);
  const { path, requestSerialize, responseDeserialize } = TaskServiceService.streamTaskStatus;
  const request = { task_uuid, include_steps: false };
  const source = own.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  await new Promise((done) => source.once('data', done));
  const grpcEnd = new Promise((done) => source.once('error', done));
  await own.stop();
  expect(await grpcEnd).toMatchObject({ code: expect.any(Number) });
  expect(await answer.text()).toContain('"to_state":"steps_in_process"');
});
