import { type Answer, NAMESPACE, type Refusal } from './api-client';
import { template } from './shapes';
import { type System, startSystem } from './start-system';

const step = { name: 'only', handler: { callable: 'power', initialization: { parents: [], squares: true } } };
const input_schema = {
  type: 'object',
  required: ['n'],
  properties: {
    n: { type: 'integer', minimum: 0 },
    lines: { type: 'array', items: { type: 'object', properties: { quantity: { type: 'integer', minimum: 1 } } } },
  },
};

let system: System;
beforeAll(async () => {
  const templates = [template('plain', [step]), template('checked', [step], { input_schema })];
  system = await startSystem({ templates });
});
afterAll(() => system?.[Symbol.asyncDispose]());

const request = (context: object, name = 'plain') => ({ namespace: NAMESPACE, name, context });
const post = (body: unknown) => system.api.call('POST', '/v1/tasks', body);

async function postText(body: string, contentType = 'application/json'): Promise<Answer<Refusal>> {
  const headers = { 'content-type': contentType };
  const response = await fetch(`${system.fleet.orchestrations[0]?.url}/v1/tasks`, { method: 'POST', headers, body });
  return { status: response.status, body: (await response.json()) as Refusal };
}

/** A task is still accepted and completed after what came before. */
async function expectAlive(): Promise<void> {
  await system.untilTask(await system.api.submit('plain', { n: 2 }), 'complete');
}

function nested(levels: number): object {
  let value: object = {};
  for (let level = 1; level < levels; level += 1) value = { in: value };
  return value;
}

/** A request whose JSON text is `bytes` long. */
function requestOf(bytes: number): string {
  const empty = JSON.stringify(request({ n: 2, text: '' }));
  return JSON.stringify(request({ n: 2, text: 'x'.repeat(bytes - empty.length) }));
}

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key_${index}`, index]));
const MEBIBYTE = 1_048_576;

test.each([
  ['one byte more than 1 MiB', () => postText(requestOf(MEBIBYTE + 1)), 413, /too large/],
  ['33 levels', () => post(request(nested(32))), 400, /context.*deeper than 32/],
  ['1,001 keys in an object', () => post(request({ deep: keys(1_001) })), 400, /context\.deep.*1000/],
  ['a NUL character', () => post(request({ text: 'a\u0000b' })), 400, /context\.text.*NUL/],
  [
    'half a surrogate pair',
    () => postText('{"namespace":"e2e","name":"plain","context":{"a":"\\ud800"}}'),
    400,
    /context\.a/,
  ],
  ['text that is no JSON', () => postText('{"namespace": e2e}'), 400, /line 1, column 15/],
  ['another content type', () => postText('n=2', 'application/x-www-form-urlencoded'), 415, /application\/json/],
  ['a field that does not exist', () => post({ ...request({}), contxt: {} }), 400, /contxt/],
  ['a context that is no object', () => post(request([])), 400, /context/],
  ['no namespace', () => post({ name: 'plain', context: {} }), 400, /namespace/],
  ['a namespace with SQL in it', () => post({ ...request({}), namespace: `x'; drop table tasks` }), 400, /namespace/],
  ['a template that is not registered', () => post(request({}, 'nobody')), 404, /nobody/],
] as const)(
  'a request with %s is refused, says where, and the service goes on',
  async (_what, send, status, message) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toMatch(message);
    await expectAlive();
  },
);

test.each([
  ['1 MiB', () => postText(requestOf(MEBIBYTE))],
  ['32 levels', () => post(request({ n: 1, ...nested(31) }))],
  ['1,000 keys in an object', () => post(request({ n: 1, deep: keys(1_000) }))],
] as const)('a request with %s is accepted', async (_what, send) => {
  expect((await send()).status).toBe(201);
});

test('a context that breaks the input schema is refused, and every place is named', async () => {
  const answer = await post(request({ n: -1, lines: [{ quantity: 1 }, { quantity: 0 }] }, 'checked'));
  expect(answer.status).toBe(400);
  const paths = (answer.body.error.details as { path: string }[]).map(({ path }) => path);
  expect(paths.sort()).toEqual(['context.lines[1].quantity', 'context.n']);
  expect((await post(request({ n: 1, lines: [{ quantity: 1 }] }, 'checked'))).status).toBe(201);
});

test('a batch of 1,000 answers for each task in order, and makes those that are valid', async () => {
  const wrong = [{ name: 'plain' }, request({ n: 1 }, 'nobody'), request({ n: 'two' }, 'checked'), 17];
  const tasks = Array.from({ length: 1_000 }, (_, number) => {
    return number % 100 < wrong.length ? wrong[number % 100] : request({ n: number });
  });
  interface BatchBody {
    readonly created: number;
    readonly tasks: readonly { readonly status: string; readonly task_uuid?: string }[];
  }
  const answer = await system.api.call<BatchBody>('POST', '/v1/tasks/batch', { tasks });
  expect(answer).toMatchObject({ status: 207, body: { created: 960 } });
  expect(answer.body.tasks.map(({ status }) => status)).toEqual(
    tasks.map((_, number) => (number % 100 < wrong.length ? 'invalid' : 'created')),
  );
  const last = answer.body.tasks[999]?.task_uuid ?? '';
  await system.untilTask(last, 'complete');
  expect((await system.api.step(last, 'only')).results).toBe(999 ** 2);
});

test('a batch of 1,001, or of none, is refused as a whole', async () => {
  const batch = (length: number) => ({ tasks: Array.from({ length }, () => request({ n: 1 })) });
  expect((await system.api.call('POST', '/v1/tasks/batch', batch(1_001))).status).toBe(400);
  expect((await system.api.call('POST', '/v1/tasks/batch', batch(0))).status).toBe(400);
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
