import { until } from '@tasker/testing';
import { createApiClient, NAMESPACE } from './api-client';
import { template } from './shapes';
import { startSystem } from './start-system';

const step = (name: string) => ({ name, handler: { callable: 'hold' } });
const atVersion = (version: string) => template('cached', [step('one')], { version });

async function countReads(url: string, result: 'hit' | 'miss'): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = new RegExp(`^tasker_query_cache_requests_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(metrics);
  return Number(line?.[1] ?? 0);
}

test('a process remembers templates, and hears at once of one that another process has registered', async () => {
  await using system = await startSystem({ orchestrations: 2, workers: 0 });
  const [registrar, reader] = system.fleet.orchestrations.map(({ url }) => ({ url, api: createApiClient(url) }));
  if (registrar === undefined || reader === undefined) throw new Error('two processes were asked for');
  const list = async () => {
    const path = `/v1/templates?namespace=${NAMESPACE}`;
    const { body } = await reader.api.call<{ templates: { version: string }[] }>('GET', path);
    return body.templates.map(({ version }) => version);
  };

  await registrar.api.register(atVersion('1.0.0'));
  await until('the first version is listed', async () => (await list()).includes('1.0.0'));
  // The news of the registration may come after the first answer, which is then forgotten once.
  await until('three more answers are remembered', async () => {
    const misses = await countReads(reader.url, 'miss');
    for (let round = 0; round < 3; round += 1) await list();
    return (await countReads(reader.url, 'miss')) === misses;
  });
  expect(await countReads(reader.url, 'hit')).toBeGreaterThanOrEqual(3);

  // The answer would be remembered for five minutes.
  await registrar.api.register(atVersion('1.1.0'));
  await until('the second version is listed', async () => (await list()).includes('1.1.0'));
  const { body } = await reader.api.call<{ version: string }>('GET', `/v1/templates/${NAMESPACE}/cached/1.1.0`);
  expect(body.version).toBe('1.1.0');
  const taskUuid = await reader.api.submit('cached', { gate: 'none' });
  expect((await reader.api.task(taskUuid)).version).toBe('1.1.0');
});
