import { until } from '@tasker/testing';
import { NAMESPACE } from './api-client';
import { template } from './shapes';
import { type System, startSystem } from './start-system';

const HELD = template('held', [{ name: 'hold', handler: { callable: 'hold' } }]);

const statesOf = async ({ pool }: System): Promise<readonly string[]> =>
  (await pool.query<{ state: string }>('select state from tasker.tasks order by task_uuid')).rows.map(
    ({ state }) => state,
  );

/** How many tasks were in progress at once at the most, by their log. */
async function findMostAtOnce({ pool }: System): Promise<number> {
  const { rows } = await pool.query(`
    select max(running)::integer as most from (
      select sum(case when event = 'start' then 1 when to_state = 'complete' then -1 end)
        over (order by at, transition_id) as running
      from tasker.task_transitions) moments`);
  return rows[0].most;
}

test('no more tasks are in progress than may be; the others wait in pending, and come in as those end', async () => {
  await using system = await startSystem({
    templates: [HELD],
    orchestrationEnv: { TASKER__orchestration__max_concurrent_tasks: '2' },
  });
  const answers = [];
  for (let index = 0; index < 5; index += 1) {
    const request = { namespace: NAMESPACE, name: 'held', context: { gate: `gate-${index}`, index } };
    answers.push(
      (await system.api.call<{ status: string; steps: { current_state: string }[] }>('POST', '/v1/tasks', request))
        .body,
    );
  }
  expect(answers.map(({ status }) => status)).toEqual([
    ...Array(2).fill('steps_in_process'),
    ...Array(3).fill('pending'),
  ]);
  expect(answers.map(({ steps }) => steps[0]?.current_state)).toEqual([
    ...Array(2).fill('enqueued'),
    ...Array(3).fill('pending'),
  ]);
  for (let open = 0; open < 5; open += 1) {
    const states = await until(`${open} tasks are complete`, async () => {
      const found = await statesOf(system);
      return found.filter((state) => state === 'complete').length === open && found;
    });
    expect(states.filter((state) => state !== 'complete' && state !== 'pending').length).toBeLessThanOrEqual(2);
    await system.openGate(`gate-${open}`);
  }
  await until('all are complete', async () => (await statesOf(system)).every((state) => state === 'complete'));
  expect(await findMostAtOnce(system)).toBe(2);
});

test('a task that does not end in its time ends in error, also while it waits for others, and its audit says why', async () => {
  await using system = await startSystem({
    templates: [HELD],
    orchestrationEnv: {
      TASKER__orchestration__max_concurrent_tasks: '1',
      TASKER__orchestration__task_timeout_seconds: '1',
    },
  });
  const running = await system.api.submit('held', { gate: 'never' });
  const waiting = await system.api.submit('held', { gate: 'never' });
  const reason = 'the task did not end within 1 seconds';
  for (const task of [running, waiting]) {
    await system.untilTask(task, 'error');
    const { rows } = await system.pool.query('select event, reason from tasker.task_transitions where task_uuid = $1', [
      task,
    ]);
    expect(rows).toContainEqual({ event: 'timeout', reason });
    const step = await system.api.step(task, 'hold');
    expect(step.current_state).toBe('cancelled');
    expect(await system.api.audit(step)).toContainEqual(expect.objectContaining({ to_state: 'cancelled', reason }));
  }
});

test('more submissions than can be done at once are refused for a while, and nothing that was accepted is lost', async () => {
  await using system = await startSystem({
    templates: [HELD],
    orchestrationEnv: {
      TASKER__executor_pools__task_initializer__min_executors: '1',
      TASKER__executor_pools__task_initializer__max_executors: '1',
      TASKER__executor_pools__task_initializer__queue_high_watermark: '3',
      TASKER__executor_pools__task_initializer__queue_low_watermark: '1',
    },
  });
  const client = await system.pool.connect();
  await client.query('begin; lock table tasker.tasks in access exclusive mode');
  const url = `${system.fleet.orchestrations[0]?.url}/v1/tasks`;
  const headers = { 'content-type': 'application/json' };
  const submit = (index: number) => {
    const request = { namespace: NAMESPACE, name: 'held', context: { gate: 'all', index } };
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(request) });
  };
  const answers: Promise<Response>[] = [];
  // While the table is locked no task is made: whatever is answered is a refusal, maybe one of those that came late.
  const refused = await until('a submission is refused', () => {
    answers.push(submit(answers.length));
    return Promise.race([...answers, new Promise<null>((resolve) => setTimeout(resolve, 200, null))]);
  });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.json()).toMatchObject({ error: { code: 'BACKPRESSURE', details: { retry_after_seconds: 1 } } });
  await client.query('commit');
  client.release();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([201, 503]));
  const accepted = statuses.filter((status) => status === 201);
  expect((await submit(1_000)).status).toBe(201);
  await system.openGate('all');
  await until('all are complete', async () => {
    const states = await statesOf(system);
    return states.length === accepted.length + 1 && states.every((state) => state === 'complete');
  });
});
