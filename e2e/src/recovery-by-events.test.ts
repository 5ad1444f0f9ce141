import { until } from '@tasker/testing';
import type { Pool } from 'pg';
import { freeze } from './freeze';
import { getRunner } from './get-runner';
import { readMetric } from './read-metric';
import { QUICK_RETRY, template } from './shapes';
import { type System, type SystemOptions, startSystem } from './start-system';

const LEASE_MS = 3_000;
/** An orchestrator that heard of a message looks this much later for what is due next, and arms a timer for it. */
const CHECK_DUE_MS = 1_000;
/** This long after it heard of a message it looks whether messages have been lying for longer than five seconds, and wakes their workers. */
const CHECK_STALLED_MS = 10_000;
const STALLED_MS = 5_000;
/** What a busy machine may add to a bound; less than any interval that a poll could hide in. */
const SLACK_MS = 4_000;

const HOLDING = template('holding', [{ name: 'held', handler: { callable: 'hold' }, retry: QUICK_RETRY }]);
const RETRIED = template('retried', [
  { name: 'only', handler: { callable: 'power', initialization: { parents: [], squares: true } }, retry: QUICK_RETRY },
]);

const startEventDriven = (options: SystemOptions): Promise<System> =>
  startSystem({
    templates: [HOLDING, RETRIED],
    memberEnv: () => ({ TASKER_DEPLOYMENT_MODE: 'EventDrivenOnly', TASKER__worker__lease_ms: `${LEASE_MS}` }),
    ...options,
  });

interface Transition {
  readonly event: string;
  readonly actor: string;
  readonly atMs: number;
}

async function listTransitions({ pool }: System, taskUuid: string): Promise<readonly Transition[]> {
  const { rows } = await pool.query<Transition>(
    `select event, actor, (1000 * extract(epoch from at))::float as "atMs" from tasker.step_transitions
     where task_uuid = $1 order by transition_id`,
    [taskUuid],
  );
  return rows;
}

function getTransition(transitions: readonly Transition[], event: string): Transition {
  const found = transitions.findLast((one) => one.event === event);
  if (found === undefined) throw new Error(`no transition ${event} among ${transitions.map((one) => one.event)}`);
  return found;
}

/** The sessions of one worker process; a session that waits for a lock does not see that its client is gone. */
async function terminateSessions(pool: Pool, pid: number): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'tasker-worker-%' and application_name ~ $1`,
    [`-${pid}(-|$)`],
  );
}

test('a retry that an orchestration decided before it was killed is started by another one', async () => {
  await using system = await startEventDriven({ orchestrations: 2 });
  const retryAfterMs = 4_000;
  const fail = { only: { kind: 'transient', times: 1, retryAfterMs } };
  const taskUuid = await system.api.submit('retried', { n: 2, fail });
  await until('the retry is decided', async () =>
    (await listTransitions(system, taskUuid)).some(({ event }) => event === 'wait_for_retry'),
  );
  const { actor } = getTransition(await listTransitions(system, taskUuid), 'wait_for_retry');
  const decider = system.fleet.orchestrations.find(({ pid }) => actor.endsWith(`-${pid}`));
  expect(decider).toBeDefined();
  await decider?.kill();
  await system.untilTask(taskUuid, 'complete');

  const transitions = await listTransitions(system, taskUuid);
  const retried = getTransition(transitions, 'retry');
  expect(retried.actor).not.toBe(actor);
  const waitedMs = retried.atMs - getTransition(transitions, 'wait_for_retry').atMs;
  expect(waitedMs).toBeLessThan(retryAfterMs * 1.15 + CHECK_DUE_MS + SLACK_MS);
  await system.expectInvariants();
});

test('the step of a killed worker runs again when its lease is over', async () => {
  await using system = await startEventDriven({ workers: 2 });
  const taskUuid = await system.api.submit('holding', { gate: 'lease' });
  await system.untilStarted(taskUuid, 'held');
  const { runner } = await getRunner(system, taskUuid, 'held');
  await runner.kill();
  const killedAtMs = Date.now();
  await system.untilStarted(taskUuid, 'held', 2);
  expect(Date.now() - killedAtMs).toBeLessThan(LEASE_MS + CHECK_DUE_MS + SLACK_MS);
  await system.openGate('lease');
  await system.untilTask(taskUuid, 'complete');
  await system.expectInvariants();
});

test('a message whose worker died while it claimed is brought to the notice of another worker', async () => {
  await using system = await startEventDriven({ workers: 2 });
  const [orchestration] = system.fleet.orchestrations;
  const [dying, living] = system.fleet.workers;
  if (orchestration === undefined || dying?.pid === undefined || living === undefined)
    throw new Error('the fleet is not complete');
  const resumeDying = freeze(dying);
  const resumeLiving = freeze(living);
  const blocker = await system.pool.connect();
  const taskUuid = await system.api.submit('holding', { gate: 'claim' });
  const submittedAtMs = Date.now();
  await blocker.query('begin');
  await blocker.query('select from tasker.steps where task_uuid = $1 for update', [taskUuid]);
  const isClaimBlocked = `select from pg_stat_activity
    where datname = current_database() and query like '%claim_steps%' and wait_event_type = 'Lock'`;
  resumeDying();
  await until('a claim waits for the step', async () => (await system.pool.query(isClaimBlocked)).rowCount === 1);

  resumeLiving();
  await until('the other worker has looked and found nothing', async () => {
    return Number(await readMetric(living, 'tasker_event_processing_duration_seconds_count')) > 0;
  });
  expect(await listTransitions(system, taskUuid)).not.toContainEqual(expect.objectContaining({ event: 'start' }));
  await dying.kill();
  await terminateSessions(system.pool, dying.pid);
  await blocker.query('rollback');
  blocker.release();
  await system.untilStarted(taskUuid, 'held');
  expect(Date.now() - submittedAtMs).toBeLessThan(CHECK_STALLED_MS + STALLED_MS * 3 + SLACK_MS);
  expect((await getRunner(system, taskUuid, 'held')).runner).toBe(living);
  // The worker may have heard of it before the orchestration has its answer.
  await until('it is counted that the queue was woken', async () => {
    return Number(await readMetric(orchestration, 'tasker_recovery_actions_total{kind="queue_woken"}')) > 0;
  });
  await system.openGate('claim');
  await system.untilTask(taskUuid, 'complete');
  await system.expectInvariants();
});

test('a task that is over time ends', async () => {
  const timeoutMs = 2_000;
  await using system = await startEventDriven({
    orchestrationEnv: { TASKER__orchestration__task_timeout_seconds: `${timeoutMs / 1_000}` },
  });
  const submittedAtMs = Date.now();
  const taskUuid = await system.api.submit('holding', { gate: 'never' });
  await system.untilTask(taskUuid, 'error');
  // While no task is open it looks once in as long as a task may take.
  expect(Date.now() - submittedAtMs).toBeLessThan(2 * timeoutMs + SLACK_MS);
});

test('what came while no orchestration ran is done by one that starts later', async () => {
  await using system = await startEventDriven({});
  const [orchestration] = system.fleet.orchestrations;
  const taskUuid = await system.api.submit('holding', { gate: 'later' });
  await system.untilStarted(taskUuid, 'held');
  await orchestration?.stop();
  await system.openGate('later');
  await until('the result is there', async () =>
    (await listTransitions(system, taskUuid)).some(({ event }) => event === 'enqueue_for_orchestration'),
  );
  await orchestration?.start();
  const startedAtMs = Date.now();
  await system.untilTask(taskUuid, 'complete');
  expect(Date.now() - startedAtMs).toBeLessThan(SLACK_MS);
  await system.expectInvariants();
});
