import { createApiClient, NAMESPACE, type Refusal } from './api-client';
import { template } from './shapes';
import { type System, startSystem } from './start-system';

const STRATEGIES = ['strict', 'caller_provided', 'always_unique'] as const;
const step = { name: 'only', handler: { callable: 'power', initialization: { parents: [], squares: true } } };

let system: System;
beforeAll(async () => {
  const templates = STRATEGIES.map((strategy) => template(strategy, [step], { identity_strategy: strategy }));
  system = await startSystem({ orchestrations: 2, templates });
});
afterAll(() => system?.[Symbol.asyncDispose]());

type AnyAnswer = Refusal & { readonly task_uuid: string };

function post(name: string, context: object, more: object = {}, baseUrl?: string) {
  const api = baseUrl === undefined ? system.api : createApiClient(baseUrl);
  return api.call<AnyAnswer>('POST', '/v1/tasks', { namespace: NAMESPACE, name, context, ...more });
}

test('strict: the same context is the same task, whatever the order of its keys', async () => {
  const first = await post('strict', { n: 3, order: { id: 1, lines: [1, 2] } });
  expect(first.status).toBe(201);
  const again = await post('strict', { order: { lines: [1, 2], id: 1 }, n: 3 });
  expect(again).toMatchObject({
    status: 409,
    body: { error: { code: 'CONFLICT', details: { task_uuid: first.body.task_uuid } } },
  });
  const other = await post('strict', { n: 3, order: { id: 1, lines: [2, 1] } });
  expect(other.status).toBe(201);
});

test('strict: a finished task still stands for its identity', async () => {
  const { body } = await post('strict', { n: 4 });
  await system.untilTask(body.task_uuid, 'complete');
  expect((await post('strict', { n: 4 })).status).toBe(409);
});

test('an idempotency key decides, whatever the context', async () => {
  const first = await post('always_unique', { n: 1 }, { idempotency_key: 'order 17' });
  const again = await post('always_unique', { n: 2 }, { idempotency_key: 'order 17' });
  expect(again).toMatchObject({ status: 409, body: { error: { details: { task_uuid: first.body.task_uuid } } } });
  expect((await post('always_unique', { n: 1 }, { idempotency_key: 'order 18' })).status).toBe(201);
});

test('caller_provided: a request without a key is refused, and says that it needs one', async () => {
  const refused = await post('caller_provided', { n: 1 });
  expect(refused).toMatchObject({ status: 400, body: { error: { details: [{ path: 'idempotency_key' }] } } });
  expect((await post('caller_provided', { n: 1 }, { idempotency_key: 'mine' })).status).toBe(201);
});

test('always_unique: the same request twice makes two tasks', async () => {
  const [one, two] = await Promise.all([post('always_unique', { n: 5 }), post('always_unique', { n: 5 })]);
  expect([one.status, two.status]).toEqual([201, 201]);
  expect(one.body.task_uuid).not.toBe(two.body.task_uuid);
});

test('forty equal requests at the same time to two orchestrations make one task', async () => {
  const urls = system.fleet.orchestrations.map(({ url }) => url);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => post('strict', { n: 6, race: true }, {}, urls[index % urls.length])),
  );
  const [created, ...others] = answers.filter(({ status }) => status === 201);
  expect(others).toEqual([]);
  const refused = answers.filter(({ status }) => status === 409);
  expect(refused).toHaveLength(39);
  const named = refused.map(({ body }) => (body.error.details as { task_uuid: string }).task_uuid);
  expect(new Set(named)).toEqual(new Set([created?.body.task_uuid]));
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
