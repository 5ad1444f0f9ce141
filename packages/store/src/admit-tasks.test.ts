import type { TaskId } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { failing, giveUp } from './testing/handlers';
import { diamond, emptyTemplate, linear } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const queue = 'worker_shop_queue';
const options = { defaultMaxAttempts: 3, wake: false };
const signature = { actor: 'ada', reason: 'the customer called' };

/** Creates one task per priority in one batch, with a limit; gives the ids in that order. */
async function create(maxConcurrentTasks: number, priorities: readonly number[], template = linear(1)) {
  const { templateUuid } = await engine.templates.register(template);
  const tasks = priorities.map((priority) => newTask(templateUuid, { priority }));
  const answers = await engine.orchestration.createTasks(tasks, { ...options, maxConcurrentTasks });
  expect(answers.map((answer) => answer.kind)).toEqual(tasks.map(() => 'created'));
  return tasks.map((task) => task.taskUuid) as [TaskId, ...TaskId[]];
}

const admit = (maxConcurrentTasks: number, max = 100) => engine.maintenance.admitTasks({ maxConcurrentTasks, max });
const statesOf = (tasks: readonly TaskId[]) => Promise.all(tasks.map(engine.taskState));
const countRunning = async () => (await engine.reader.listTasks({ states: ['steps_in_process'], limit: 100 })).length;

describe('a task beyond the limit', () => {
  test('waits with all its steps, without message and without a line in the log', async () => {
    const [first, second] = await create(1, [0, 0], diamond());
    const [running, waiting] = (await engine.taskState(first)) === 'pending' ? [second!, first] : [first, second!];
    expect(await engine.taskState(running)).toBe('steps_in_process');
    expect(await engine.task(waiting)).toMatchObject({ state: 'pending', steps_total: 4, steps_active: 0 });
    expect(new Set(Object.values(await engine.stepStates(waiting)))).toEqual(new Set(['pending']));
    expect(await engine.taskHops(waiting)).toEqual([]);
    expect(await engine.queueLength(queue)).toBe(1);
  });

  test('is let in by every hop when another has settled, and runs to its end', async () => {
    const [first] = await create(1, [0]);
    const [second] = await create(1, [0], diamond({ name: 'other' }));
    expect(await admit(1)).toEqual({ admitted: 0, isWaiting: true });
    await engine.runToRest();
    expect(await engine.taskState(first)).toBe('complete');
    expect(await admit(1)).toEqual({ admitted: 1, isWaiting: false });
    expect(await engine.taskHops(second)).toEqual([
      'pending > initializing',
      'initializing > enqueuing_steps',
      'enqueuing_steps > steps_in_process',
    ]);
    expect(await engine.stepHops(second, 'top')).toEqual(['pending > enqueued']);
    await engine.runToRest();
    expect(await engine.taskState(second)).toBe('complete');
    expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
  });

  test('waits even without steps, and is complete as soon as it is let in', async () => {
    await create(1, [0]);
    const [empty] = await create(1, [0], emptyTemplate({ name: 'empty' }));
    expect(await engine.task(empty)).toMatchObject({ state: 'pending', completed_at: null });
    await admit(2);
    expect(await engine.taskHops(empty)).toEqual(['pending > initializing', 'initializing > complete']);
  });

  test.each(['cancel', 'resolve_manually', 'timeout'] as const)('can be ended by %s while it waits', async (event) => {
    await create(1, [0]);
    const [waiting] = await create(1, [0]);
    expect(await engine.operator.endTask(waiting, event, signature)).toMatchObject({ kind: 'applied' });
    expect(await admit(2)).toEqual({ admitted: 0, isWaiting: false });
  });

  test('has no step that an operator could repair yet', async () => {
    await create(1, [0]);
    const [waiting] = await create(1, [0]);
    const step = await engine.stepId(waiting, 'step_1');
    expect(await engine.operator.resolveStep(step, { kind: 'resolve_manually' }, signature)).toEqual({
      kind: 'refused',
      state: 'pending',
      taskState: 'pending',
    });
  });

  test('leaves what is free to those that wait already', async () => {
    const [first] = await create(2, [0, 0]);
    const [waiting] = await create(2, [0]);
    await engine.operator.endTask(first, 'cancel', signature);
    const [late] = await create(2, [0]);
    expect(await statesOf([waiting, late])).toEqual(['pending', 'pending']);
    expect(await admit(2)).toEqual({ admitted: 1, isWaiting: true });
    expect(await statesOf([waiting, late])).toEqual(['steps_in_process', 'pending']);
  });
});

test('without a limit nothing waits, and what waited is let in', async () => {
  await create(1, [0, 0, 0]);
  await create(0, [0, 0]);
  expect(await countRunning()).toBe(3);
  expect(await admit(0, 1)).toEqual({ admitted: 1, isWaiting: true });
  expect(await admit(0)).toEqual({ admitted: 1, isWaiting: false });
});

test('the highest priority goes first, in a batch and among those that wait', async () => {
  const [low, high, middle] = await create(1, [-5, 9, 0]);
  expect(await statesOf([low, high!, middle!])).toEqual(['pending', 'steps_in_process', 'pending']);
  await admit(2);
  expect(await statesOf([low, middle!])).toEqual(['pending', 'steps_in_process']);
});

test('tasks that are blocked by failures take no room, those that wait for a retry do', async () => {
  await create(1, [0]);
  await engine.round(failing('step_1'), () => 60_000);
  await create(1, [0]);
  expect(await admit(1)).toEqual({ admitted: 0, isWaiting: true });
  expect(await admit(2)).toEqual({ admitted: 1, isWaiting: false });
  await engine.round(failing('step_1'), giveUp);
  const [next] = await create(2, [0]);
  expect(await engine.taskState(next)).toBe('steps_in_process');
});

test('a batch that is sent again takes no further room', async () => {
  const { templateUuid } = await engine.templates.register(linear(1));
  const tasks = [newTask(templateUuid), newTask(templateUuid)];
  const send = () => engine.orchestration.createTasks(tasks, { ...options, maxConcurrentTasks: 3 });
  expect(await send()).toEqual(await send());
  expect(await countRunning()).toBe(2);
});

test('an admission that meets another waits for it and counts what it let in', async () => {
  await create(1, [0, 0, 0]);
  await engine.withSession((first) =>
    engine.withSession(async (second) => {
      await first.begin();
      expect(await first.maintenance.admitTasks({ maxConcurrentTasks: 2, max: 10 })).toMatchObject({ admitted: 1 });
      const other = second.maintenance.admitTasks({ maxConcurrentTasks: 2, max: 10 });
      await second.untilBlocked();
      await first.commit();
      expect(await other).toEqual({ admitted: 0, isWaiting: true });
    }),
  );
});

test('an admission sees the task that was told to wait just before', async () => {
  const [running] = await create(1, [0]);
  const { templateUuid } = await engine.templates.register(linear(1));
  await engine.withSession((intake) =>
    engine.withSession(async (orchestrator) => {
      await intake.begin();
      await intake.orchestration.createTasks([newTask(templateUuid)], { ...options, maxConcurrentTasks: 1 });
      await engine.operator.endTask(running, 'cancel', signature);
      const admission = orchestrator.maintenance.admitTasks({ maxConcurrentTasks: 1, max: 10 });
      await orchestrator.untilBlocked();
      await intake.commit();
      expect(await admission).toEqual({ admitted: 1, isWaiting: false });
    }),
  );
});

test('a task that is being cancelled is passed over', async () => {
  await create(1, [5]);
  const [first, second] = await create(1, [4, 3]);
  await engine.withSession(async (operator) => {
    await operator.begin();
    await operator.operator.endTask(first, 'cancel', signature);
    expect(await admit(2)).toMatchObject({ admitted: 1 });
    await operator.commit();
  });
  expect(await statesOf([first, second!])).toEqual(['cancelled', 'steps_in_process']);
});

test('intake and admission that all run at once never pass the limit, and every task ends', async () => {
  const { templateUuid } = await engine.templates.register(linear(2));
  const limit = { ...options, maxConcurrentTasks: 4 };
  let most = 0;
  const createSome = async () => {
    for (let batch = 0; batch < 5; batch += 1) {
      await engine.orchestration.createTasks([newTask(templateUuid), newTask(templateUuid)], limit);
      most = Math.max(most, await countRunning());
    }
  };
  const drive = async () => {
    await engine.round();
    await admit(4, 3);
    most = Math.max(most, await countRunning());
  };
  await Promise.all([createSome(), createSome(), drive(), drive()]);
  // A count beside a driver may come after tasks have ended that ran together; now nothing ends any.
  await admit(4);
  most = Math.max(most, await countRunning());
  while ((await engine.reader.countOpenTasks()).length > 0) await Promise.all([drive(), drive(), drive()]);
  expect(most).toBe(4);
  expect(await engine.reader.listTasks({ states: ['complete'], limit: 100 })).toHaveLength(20);
  expect(await checkInvariants(engine.pool, { settled: true })).toEqual([]);
});

test('workers are told of what is let in, once per namespace', async () => {
  await create(1, [0, 0, 0]);
  expect(await engine.heardOn('pgmq_message_ready.shop', () => admit(3))).toEqual([queue]);
});
