import { checkInvariants } from './invariants';
import { failing, giveUp, succeed } from './testing/handlers';
import { diamond, linear, tree, twoBranches } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

test('a run of several tasks breaks nothing at any moment', async () => {
  await engine.start(diamond());
  await engine.start(tree({ name: 'tree' }));
  const branches = await engine.start(twoBranches({ name: 'branches', maxAttempts: 2 }));
  const check = async () => expect(await checkInvariants(engine.pool)).toEqual([]);
  await check();
  for (let ran = 1; ran > 0; ) {
    const steps = await engine.claim();
    ran = steps.length;
    await check();
    await engine.report(steps, failing('red_1'));
    await check();
    await engine.advance();
    await check();
    await engine.orchestration.recoverDueSteps(100);
    await check();
  }
  expect(await engine.taskState(branches)).toBe('blocked_by_failures');
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('a check beside a busy engine raises no false alarm', async () => {
  const { templateUuid } = await engine.templates.register(tree());
  const tasks = Array.from({ length: 40 }, () => newTask(templateUuid));
  await engine.orchestration.createTasks(tasks, { defaultMaxAttempts: 3, wake: false });
  const isBusy = async () => (await engine.reader.countOpenTasks()).length > 0;
  const work = async (workerId: string) => {
    while (await isBusy()) {
      const steps = await engine.claim({ workerId, max: 10 });
      const [first, ...others] = steps;
      const fails = first?.attempt === 1 ? failing(first.stepName) : succeed;
      if (first !== undefined) await engine.report([first], fails, workerId);
      await engine.worker.releaseSteps(workerId, others.slice(5));
      await engine.report(others.slice(0, 5), succeed, workerId);
      await engine.advance();
      await engine.orchestration.recoverDueSteps(100);
    }
  };
  let checks = 0;
  const check = async () => {
    for (; await isBusy(); checks += 1) expect(await checkInvariants(engine.pool)).toEqual([]);
  };
  // The check first: it gets the connection that is open already, and need not wait until there is another.
  await Promise.all([check(), work('w-1'), work('w-2')]);
  expect(checks).toBeGreaterThan(0);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('an empty database breaks nothing', async () => {
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

/** How each invariant is broken by hand in a task of a diamond, $1, whose top is done and whose bottom is not. */
const BREAKS: Readonly<Record<string, string>> = {
  'attempts-stay-within-the-limit': `update tasker.steps set attempts = max_attempts where task_uuid = $1 and name = 'left'`,
  'complete-tasks-have-only-done-steps': `update tasker.tasks set state = 'complete', completed_at = now() where task_uuid = $1`,
  'due-steps-are-looked-at': `update tasker.steps set state = 'waiting_for_retry', due_at = now() - interval '1 hour'
    where task_uuid = $1 and name = 'left'`,
  'ended-tasks-have-no-moving-steps': `update tasker.tasks set state = 'cancelled', completed_at = now() where task_uuid = $1`,
  'enqueued-steps-have-one-message': `delete from pgmq.q_worker_shop_queue
    where message ->> 'step_uuid' = (select step_uuid::text from tasker.steps where task_uuid = $1 and name = 'left')`,
  'nothing-leaves-a-terminal-state': `insert into tasker.task_transitions (task_uuid, from_state, event, to_state, at, actor)
    values ($1, 'complete', 'reset', 'pending', now(), 'somebody')`,
  'open-tasks-can-move': `update tasker.steps set state = 'complete', completed_at = now()
    where task_uuid = $1 and state = 'enqueued'`,
  'pending-tasks-have-not-begun': `update tasker.tasks set state = 'pending' where task_uuid = $1`,
  'reported-steps-are-on-their-way': `update tasker.steps set state = 'enqueued_for_orchestration'
    where task_uuid = $1 and name = 'left'`,
  'running-steps-have-a-lease': `update tasker.steps set state = 'in_progress', worker_id = 'w', due_at = now() - interval '1 hour'
    where task_uuid = $1 and name = 'left'`,
  'step-log-chains-are-unbroken': `delete from tasker.step_transitions
    where task_uuid = $1 and to_state = 'in_progress'`,
  'step-states-agree-with-the-log': `update tasker.steps set state = 'error' where task_uuid = $1 and name = 'left'`,
  'step-transitions-follow-the-rules': `update tasker.step_transitions set event = 'retry'
    where task_uuid = $1 and to_state = 'in_progress'`,
  'steps-belong-to-a-task': `delete from tasker.steps where task_uuid = $1 and name = 'bottom'`,
  'steps-finish-once': `insert into tasker.step_transitions (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
    select step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor from tasker.step_transitions
    where task_uuid = $1 and to_state = 'complete'`,
  'steps-that-ended-say-when': `update tasker.steps set completed_at = now() where task_uuid = $1 and name = 'left'`,
  'steps-start-after-their-parents': `insert into tasker.step_transitions
      (step_uuid, task_uuid, from_state, event, to_state, attempt, at, actor)
    select step_uuid, task_uuid, 'enqueued', 'start', 'in_progress', 1, now(), 'somebody' from tasker.steps
    where task_uuid = $1 and name = 'bottom'`,
  'task-counts-agree-with-steps': `update tasker.tasks set steps_done = steps_done + 1 where task_uuid = $1`,
  'task-log-chains-are-unbroken': `delete from tasker.task_transitions where task_uuid = $1 and to_state = 'initializing'`,
  'task-states-agree-with-the-log': `update tasker.tasks set state = 'waiting_for_dependencies' where task_uuid = $1`,
  'task-transitions-follow-the-rules': `update tasker.task_transitions set event = 'reset'
    where task_uuid = $1 and event = 'start'`,
  'unmet-parents-agree-with-parents': `update tasker.steps set unmet_parents = 1 where task_uuid = $1 and name = 'bottom'`,
  'queues-are-empty': `select pgmq.send('worker_shop_queue', jsonb_build_object('step_uuid', $1::uuid))`,
  'tasks-are-settled': `select $1::uuid`,
};

test.each(Object.entries(BREAKS))('%s is reported with the ids of what breaks it', async (invariant, statement) => {
  const task = await engine.start(diamond());
  await engine.round();
  await engine.pool.query(statement, [task]);
  const broken = await checkInvariants(engine.pool, { settled: true });
  const found = broken.find((candidate) => candidate.invariant === invariant);
  expect(found?.rows.length).toBeGreaterThan(0);
  expect(Object.keys(found!.rows[0]!)).toContain(invariant === 'queues-are-empty' ? 'msg_id' : 'task_uuid');
});

test('a retry that has no due time is reported', async () => {
  const task = await engine.start(linear(1));
  await engine.pool.query(`update tasker.steps set state = 'waiting_for_retry' where task_uuid = $1`, [task]);
  const broken = await checkInvariants(engine.pool);
  expect(broken.map(({ invariant }) => invariant)).toContain('due-steps-are-looked-at');
});

test('identities-have-one-task is reported where the unique index is gone', async () => {
  await using other = await createTestEngine();
  await other.pool.query('alter table tasker.tasks drop constraint tasks_identity_hash_key');
  const first = await other.start(linear(1));
  const second = await other.start(linear(1));
  await other.pool.query("update tasker.tasks set identity_hash = 'same'");
  expect(await checkInvariants(other.pool)).toEqual([
    { invariant: 'identities-have-one-task', rows: [{ identity_hash: 'same', task_uuids: [first, second] }] },
  ]);
});

test('each invariant has a test that breaks it', async () => {
  const { readdirSync } = await import('node:fs');
  const { join } = await import('node:path');
  const directory = join(__dirname, '..', 'sql', 'invariants');
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));
  const tested = [...Object.keys(BREAKS), 'identities-have-one-task'];
  expect(tested.sort()).toEqual(names.map((file) => file.replace(/^.*\//, '').replace('.sql', '')).sort());
});

test('a step blocked behind a failure is no broken promise', async () => {
  const task = await engine.start(linear(3));
  await engine.runToRest(failing('step_1'), giveUp);
  expect(await engine.stepStates(task)).toMatchObject({ step_1: 'error', step_2: 'pending' });
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});
