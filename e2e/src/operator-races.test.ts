import { createApiClient } from './api-client';
import { LINEAR, SHAPES, shapeTemplate, TREE } from './shapes';
import { type System, startSystem } from './start-system';

let system: System;
beforeAll(async () => {
  const templates = SHAPES.map((shape) => shapeTemplate(shape));
  system = await startSystem({ orchestrations: 2, workers: 2, templates });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const clients = () => system.fleet.orchestrations.map(({ url }) => createApiClient(url));

test('tasks that are cancelled while they run end cancelled or complete, as the answer said', async () => {
  const apis = clients();
  const submitAndCancel = async (index: number) => {
    const taskUuid = await system.api.submit(SHAPES[index % SHAPES.length]?.name ?? '', { n: 2 });
    const answer = await apis[index % apis.length]?.call('DELETE', `/v1/tasks/${taskUuid}`);
    expect([200, 409]).toContain(answer?.status);
    await system.untilTask(taskUuid, answer?.status === 200 ? 'cancelled' : 'complete');
  };
  await Promise.all(Array.from({ length: 80 }, (_, index) => submitAndCancel(index)));
});

test('of many operators who repair one step at the same time, one does', async () => {
  const fail = { step_2: { kind: 'permanent' } };
  const taskUuid = await system.api.submit(LINEAR.name, { n: 2, fail });
  await system.untilTask(taskUuid, 'blocked_by_failures');
  const step = await system.api.step(taskUuid, 'step_2');
  const apis = clients();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      apis[index % apis.length]?.resolve(step, {
        action_type: 'complete_manually',
        completed_by: `operator ${index}`,
        reason: 'race',
        completion_data: { result: index },
      }),
    ),
  );
  const winners = answers.flatMap((answer, index) => (answer?.status === 200 ? [index] : []));
  expect(winners).toHaveLength(1);
  expect(answers.filter((answer) => answer?.status === 409)).toHaveLength(19);
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.step(taskUuid, 'step_2')).results).toBe(winners[0]);
});

test('a task that is cancelled while its step is repaired is cancelled, and its step is as the repair was answered', async () => {
  for (let round = 0; round < 10; round += 1) {
    const fail = { left: { kind: 'permanent' } };
    const taskUuid = await system.api.submit(TREE.name, { n: 2, fail });
    await system.untilTask(taskUuid, 'blocked_by_failures');
    const step = await system.api.step(taskUuid, 'left');
    const [one, two] = clients();
    const [cancelled, repaired] = await Promise.all([
      one?.call('DELETE', `/v1/tasks/${taskUuid}`),
      two?.resolve(step, { action_type: 'resolve_manually', resolved_by: 'ada', reason: 'race' }),
    ]);
    expect(cancelled?.status).toBe(200);
    expect([200, 409]).toContain(repaired?.status);
    const { current_state } = await system.api.step(taskUuid, 'left');
    expect(current_state).toBe(repaired?.status === 200 ? 'resolved_manually' : 'error');
    expect((await system.api.task(taskUuid)).status).toBe('cancelled');
  }
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
