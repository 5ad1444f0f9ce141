import { createApiClient, NAMESPACE } from './api-client';
import { expectedResults, LINEAR, SHAPES, shapeTemplate, TREE } from './shapes';
import { type System, startSystem } from './start-system';

const TASKS = 160;

let system: System;
beforeAll(async () => {
  const templates = SHAPES.map((shape) => shapeTemplate(shape));
  system = await startSystem({ orchestrations: 2, workers: 3, templates });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const clients = () => system.fleet.orchestrations.map(({ url }) => createApiClient(url));
const shapeOf = (number: number) => SHAPES[number % SHAPES.length] ?? LINEAR;

/** Every fourth task has a step whose first attempt fails. */
function contextOf(number: number): object {
  const { stages } = shapeOf(number);
  return { n: 2, ...(number % 4 === 3 ? { fail: { [stages.middle]: { kind: 'transient', times: 1 } } } : {}) };
}

async function submitAll(): Promise<readonly string[]> {
  const apis = clients();
  const submit = (number: number) => apis[number % apis.length]?.submit(shapeOf(number).name, contextOf(number)) ?? '';
  return Promise.all(Array.from({ length: TASKS }, (_, number) => submit(number)));
}

test('two orchestrations and three workers finish every task, each step once', async () => {
  const taskUuids = await submitAll();
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');

  const { rows } = await system.pool.query(`
    select s.name, s.attempts,
      (select count(*) from tasker.step_transitions l where l.step_uuid = s.step_uuid and l.to_state = 'complete')::integer as ends,
      (select count(*) from e2e.executions e where e.step_uuid = s.step_uuid)::integer as executions
    from tasker.steps s`);
  const expected = taskUuids.reduce((sum, _, number) => sum + Object.keys(shapeOf(number).steps).length, 0);
  expect(rows).toHaveLength(expected);
  expect(rows.filter(({ ends }) => ends !== 1)).toEqual([]);
  expect(rows.filter(({ executions, attempts }) => executions !== attempts)).toEqual([]);
  expect(rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(expected + TASKS / 4);
});

test('a batch of tasks is shared by all processes, and no handler runs twice', async () => {
  const [api] = clients();
  const request = { namespace: NAMESPACE, name: TREE.name, context: { n: 2 } };
  const answer = await api?.call<{ tasks: { task_uuid: string }[] }>('POST', '/v1/tasks/batch', {
    tasks: Array.from({ length: 200 }, () => request),
  });
  expect(answer?.status).toBe(201);
  for (const { task_uuid } of answer?.body.tasks ?? []) await system.untilTask(task_uuid, 'complete');
  const { rows } = await system.pool.query(
    `select count(*)::integer as executions, count(distinct e.step_uuid)::integer as steps
     from e2e.executions e where e.task_uuid = any ($1)`,
    [answer?.body.tasks.map(({ task_uuid }) => task_uuid)],
  );
  expect(rows).toEqual([{ executions: 1_600, steps: 1_600 }]);
});

test('both orchestrations show a task as the other one does', async () => {
  const [one, two] = clients();
  const taskUuid = (await one?.submit(TREE.name, { n: 2 })) ?? '';
  expect((await two?.task(taskUuid))?.task_uuid).toBe(taskUuid);
  await system.untilTask(taskUuid, 'complete');
  const [here, there] = await Promise.all([one?.task(taskUuid), two?.task(taskUuid)]);
  expect(here).toEqual(there);
  const results = Object.fromEntries(here?.steps.map(({ name, results }) => [name, results]) ?? []);
  expect(results).toEqual(expectedResults(TREE, 2));
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
