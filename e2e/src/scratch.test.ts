import { createMortalDatabase } from './mortal-database';
import { LINEAR, shapeTemplate } from './shapes';
import { startSystem } from './start-system';
import { until } from '@tasker/testing';

test('scratch', async () => {
  const database = await createMortalDatabase();
  const hold = { name: 'held', namespace_name: 'e2e', version: '1.0.0', steps: [{ name: 'a', handler: { callable: 'hold' } }] };
  await using system = await startSystem({ database, templates: [shapeTemplate(LINEAR), hold] });
  const id = await system.api.submit('held', { gate: 'g' });
  await system.untilStarted(id, 'a');
  await system.openGate('g');
  await database.stopServer();
  const t0 = performance.now();
  await new Promise((r) => setTimeout(r, 2000));
  await database.startServer();
  const t1 = performance.now();
  const codes: string[] = [];
  let first = 0;
  await until('accepted', async () => {
    const a = await fetch(system.fleet.orchestrations[0]!.url + '/v1/tasks', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ namespace: 'e2e', name: 'linear', context: { n: 2 } }) });
    codes.push(`${a.status}/${a.headers.get('retry-after')}`);
    if (a.status === 201) first = performance.now() - t1;
    return a.status === 201;
  }, { deadlineMs: 100_000, intervalMs: 500 });
  console.log('down', t1 - t0, 'api back after', first, codes.slice(0, 3), codes.length);
  await until('task complete', async () => (await system.pool.query('select state from tasker.tasks where task_uuid=$1', [id])).rows[0].state === 'complete', { deadlineMs: 150_000 });
  console.log('task complete after', performance.now() - t1, (await system.api.task(id)).steps.map((s) => s.attempts));
  console.log((await (await fetch(system.fleet.workers[0]!.url + '/health/detailed')).json()));
  await until('healthy', async () => (await (await fetch(system.fleet.orchestrations[0]!.url + '/health')).json() as any).status === 'healthy', { deadlineMs: 150_000 });
  console.log('healthy after', performance.now() - t1, await (await fetch(system.fleet.orchestrations[0]!.url + '/health/detailed')).json());
}, 300_000);
