import type { StepResponse, TaskResponse } from '@tasker/protocol';
import { StepState, TaskServiceService, TaskState } from '@tasker/protocol/grpc';
import { until } from '@tasker/testing';
import { startApi, type TestApi } from './testing/start-api';
import { ORDER } from './testing/templates';

const REQUEST = { namespace: 'shop', name: 'order', context: { order_id: 'AB-1' } };

const startLimited = (limit: number) =>
  startApi([ORDER], { variables: { TASKER__orchestration__max_concurrent_tasks: `${limit}` } });

const get = async ({ rest }: TestApi, taskUuid: string) =>
  (await rest('GET', `/v1/tasks/${taskUuid}`)).body as TaskResponse;

const statesOf = (steps: readonly StepResponse[]) => steps.map(({ current_state }) => current_state);

test('REST answers for a task that is held as it is: pending, with all its steps', async () => {
  await using api = await startLimited(1);
  const running = (await api.rest('POST', '/v1/tasks', REQUEST)).body as TaskResponse;
  const { status, body } = await api.rest('POST', '/v1/tasks', REQUEST);
  const held = body as TaskResponse;
  expect(status).toBe(201);
  expect([running.status, held.status]).toEqual(['steps_in_process', 'pending']);
  expect([statesOf(running.steps), statesOf(held.steps)]).toEqual([
    ['enqueued', 'pending'],
    ['pending', 'pending'],
  ]);
  expect(held).toMatchObject({ ready_steps: 0, in_progress_steps: 0, pending_steps: 2 });
  expect(await get(api, held.task_uuid)).toEqual(held);
});

test('gRPC answers for a task that is held as REST does', async () => {
  await using api = await startLimited(1);
  const create = () => api.grpc(TaskServiceService.createTask, { ...REQUEST, version: '', tags: [] });
  const running = await create();
  const held = await create();
  expect([running.task?.state, held.task?.state]).toEqual([
    TaskState.TASK_STATE_STEPS_IN_PROCESS,
    TaskState.TASK_STATE_PENDING,
  ]);
  expect(held.task).toMatchObject({ ready_steps: 0, in_progress_steps: 0, pending_steps: 2 });
  const of = { task_uuid: held.task?.task_uuid ?? '', include_steps: true, include_context: false };
  const shown = await api.grpc(TaskServiceService.getTask, of);
  expect(shown.task).toEqual(held.task);
  expect(shown.steps.map(({ state }) => state)).toEqual([StepState.STEP_STATE_PENDING, StepState.STEP_STATE_PENDING]);
});

test('a batch fills what is free, and the rest of it waits and comes in as others end', async () => {
  await using api = await startLimited(2);
  const { body } = await api.rest('POST', '/v1/tasks/batch', { tasks: Array(3).fill(REQUEST) });
  const { tasks } = body as { tasks: { status: string; task_uuid: string }[] };
  expect(tasks.map(({ status }) => status)).toEqual(Array(3).fill('created'));
  const listStates = async () => {
    const shown = await Promise.all(tasks.map(({ task_uuid }) => get(api, task_uuid)));
    return shown.map(({ status }) => status).sort();
  };
  expect(await listStates()).toEqual(['pending', 'steps_in_process', 'steps_in_process']);
  await until('all are complete', async () => {
    await api.work();
    return (await listStates()).every((state) => state === 'complete');
  });
});

test.each(['Hybrid', 'EventDrivenOnly', 'PollingOnly'])(
  'in %s a held task comes in when the time of another is over, though nobody looks at an interval',
  async (mode) => {
    const variables = {
      TASKER_DEPLOYMENT_MODE: mode,
      TASKER__orchestration__max_concurrent_tasks: '1',
      TASKER__orchestration__task_timeout_seconds: '8',
      TASKER__orchestration__hybrid__polling_interval_ms: '3600000',
      TASKER__orchestration__polling__finalization_poll_interval_ms: '3600000',
    };
    await using api = await startApi([ORDER], { variables });
    const running = (await api.rest('POST', '/v1/tasks', REQUEST)).body as TaskResponse;
    const age = 'select from tasker.tasks where task_uuid = $1 and created_at < now() - interval $$4 seconds$$';
    // Younger by four seconds, so that its own time is not over as well where the machine stalls.
    await until('the first task is older', async () => (await api.pool.query(age, [running.task_uuid])).rowCount === 1);
    const held = (await api.rest('POST', '/v1/tasks', REQUEST)).body as TaskResponse;
    expect(held.status).toBe('pending');
    await until('the first task has ended', async () => (await get(api, running.task_uuid)).status === 'error');
    const start = `select from tasker.task_transitions where task_uuid = $1 and event = 'start'`;
    await until('the other one is let in', async () => (await api.pool.query(start, [held.task_uuid])).rowCount === 1);
  },
);
