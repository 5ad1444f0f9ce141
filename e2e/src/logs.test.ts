import type { FleetMember } from '@tasker/testing';
import { NAMESPACE } from './api-client';
import { QUICK_RETRY, template } from './shapes';
import { startSystem } from './start-system';

const CORRELATION_ID = '5b1d8f0e-7c52-4c53-9d36-4f3f0a1e7c21';
const LEAKING = template('leaking', [
  { name: 'leak', handler: { callable: 'leak', initialization: { api_key: 'hunter2' } }, retry: QUICK_RETRY },
]);

type Line = Readonly<Record<string, unknown>>;

/** The lines of a process, each of which has to be JSON. */
function readLines({ output }: FleetMember): readonly Line[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

test('every line is JSON with fixed fields, and the correlation id leads from the request to the handler', async () => {
  const env = { LOG_LEVEL: 'debug' };
  await using system = await startSystem({ workerEnv: env, orchestrationEnv: env, templates: [LEAKING] });
  const { fleet, api } = system;
  const response = await fetch(`${fleet.orchestrations[0]?.url}/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': CORRELATION_ID },
    body: JSON.stringify({ namespace: NAMESPACE, name: 'leaking', context: {} }),
  });
  const { task_uuid: taskId } = (await response.json()) as { task_uuid: string };
  await system.untilTask(taskId, 'blocked_by_failures');
  const { step_uuid: stepId } = await api.step(taskId, 'leak');
  const [orchestration, worker] = [...fleet.orchestrations, ...fleet.workers];
  if (orchestration === undefined || worker === undefined) throw new Error('the fleet is not complete');
  // What they write may be read in pieces: the lines are whole when they have ended.
  await Promise.all([orchestration.stop(), worker.stop()]);

  const lines = [orchestration, worker].flatMap(readLines);
  for (const line of lines) {
    const { timestamp, level, message, service } = line;
    expect([timestamp, level, message, service]).toEqual(Array(4).fill(expect.stringMatching(/./)));
  }
  const about = (message: string) => lines.filter((line) => line.message === message);
  expect(about('http request answered').filter((line) => line.correlationId === CORRELATION_ID)).toMatchObject([
    { service: 'orchestration', method: 'POST', route: '/v1/tasks', status: 201 },
  ]);
  const step = { service: 'worker', taskId, stepId, stepName: 'leak', namespace: NAMESPACE };
  const attempts = [1, 2].map((attempt) => ({ ...step, attempt, correlationId: CORRELATION_ID }));
  expect(about('signing in')).toMatchObject(attempts.map((fields) => ({ ...fields, level: 'warn' })));
  expect(about('step failed')).toMatchObject(attempts.map((fields) => ({ ...fields, level: 'debug' })));
});
