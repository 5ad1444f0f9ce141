import { NAMESPACE } from './api-client';
import { template } from './shapes';
import { type System, startSystem } from './start-system';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.[Symbol.asyncDispose]());

const step = (name: string, ...dependencies: string[]) => ({ name, dependencies, handler: { callable: 'hold' } });
const post = (body: object) => system.api.call<{ status: string }>('POST', '/v1/templates', body);

test('the same content again is accepted, other content under a used version is refused', async () => {
  const first = template('versioned', [step('one')]);
  expect(await post(first)).toMatchObject({ status: 201, body: { status: 'registered' } });
  expect((await post(first)).status).toBe(200);
  const taskUuid = await system.api.submit('versioned', { gate: 'versions' });
  const changed = template('versioned', [step('one'), step('two', 'one')]);
  expect(await post(changed)).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
  expect((await post(first)).status).toBe(200);
  await system.openGate('versions');
  await system.untilTask(taskUuid, 'complete');
});

test('a running task keeps to the version that it started with', async () => {
  await post(template('pinned', [step('one'), step('two', 'one')]));
  const old = await system.api.submit('pinned', { gate: 'pinned' });
  await system.untilStarted(old, 'one');
  const next = template('pinned', [step('one'), step('two', 'one'), step('three', 'two')], { version: '1.1.0' });
  expect((await post(next)).status).toBe(201);
  const fresh = await system.api.submit('pinned', { gate: 'pinned' }, { version: '1.1.0' });
  await system.openGate('pinned');
  await system.untilTask(old, 'complete');
  await system.untilTask(fresh, 'complete');
  const stepsOf = async (taskUuid: string) => (await system.api.task(taskUuid)).steps.map(({ name }) => name);
  expect(await stepsOf(old)).toEqual(['one', 'two']);
  expect(await stepsOf(fresh)).toEqual(['one', 'two', 'three']);
});

test('a version without tasks may be replaced, and the next task has the new content', async () => {
  await post(template('draft', [step('one')]));
  expect((await post(template('draft', [step('other')]))).status).toBeLessThan(300);
  const taskUuid = await system.api.submit('draft', { gate: 'pinned' }, { version: '1.0.0' });
  await system.untilTask(taskUuid, 'complete');
  expect((await system.api.task(taskUuid)).steps.map(({ name }) => name)).toEqual(['other']);
});

test('a template as YAML is registered as it is as JSON', async () => {
  const yaml = `
name: from_yaml
namespace_name: ${NAMESPACE}
version: "1.0.0"
identity_strategy: always_unique
steps:
  - name: one
    handler: { callable: hold }
`;
  const response = await fetch(`${system.fleet.orchestrations[0]?.url}/v1/templates`, {
    method: 'POST',
    headers: { 'content-type': 'application/yaml' },
    body: yaml,
  });
  expect(response.status).toBe(201);
  await system.untilTask(await system.api.submit('from_yaml', { gate: 'pinned' }), 'complete');
});

test.each([
  ['a cycle', [step('one', 'two'), step('two', 'one')], /cycle|circle/i],
  ['an unknown dependency', [step('one', 'zero')], /zero/],
  ['two steps of one name', [step('one'), step('one')], /one/],
  ['an unknown key', [{ ...step('one'), retri: {} }], /retri/],
])('a template with %s is refused and says so', async (_what, steps, message) => {
  const answer = await system.api.call('POST', '/v1/templates', template('broken', steps));
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_TEMPLATE' } } });
  expect(answer.body.error.message).toMatch(message);
});

test('all invariants hold after all of this', async () => {
  await system.expectInvariants();
});
