import { checkInvariants } from './invariants';
import { newTaskId } from './new-task-id';
import { diamond, emptyTemplate, fanOut, linear, twoParents } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const options = { defaultMaxAttempts: 3, wake: false };

async function register(template = linear(2)): Promise<string> {
  return (await engine.templates.register(template)).templateUuid;
}

test('a task starts with its steps, its roots enqueued and every hop in the log', async () => {
  const task = await engine.start(diamond());
  expect(await engine.stepStates(task)).toEqual({
    top: 'enqueued',
    left: 'pending',
    right: 'pending',
    bottom: 'pending',
  });
  expect(await engine.taskHops(task)).toEqual([
    'pending > initializing',
    'initializing > enqueuing_steps',
    'enqueuing_steps > steps_in_process',
  ]);
  expect(await engine.stepHops(task, 'top')).toEqual(['pending > enqueued']);
  expect(await engine.stepHops(task, 'bottom')).toEqual([]);
  expect(await engine.queueLength('worker_shop_queue')).toBe(1);
});

test('a template with several roots enqueues all of them', async () => {
  const task = await engine.start(twoParents());
  expect(await engine.task(task)).toMatchObject({ steps_total: 3, steps_active: 2, state: 'steps_in_process' });
});

test('a task without steps is complete at once', async () => {
  const task = await engine.start(emptyTemplate());
  expect(await engine.task(task)).toMatchObject({ state: 'complete', steps_total: 0, completed_at: expect.any(Date) });
  expect(await engine.taskHops(task)).toEqual(['pending > initializing', 'initializing > complete']);
});

test('a step takes the default number of attempts only where its template is silent', async () => {
  const silent = await engine.start(linear(1, { maxAttempts: null }));
  const outspoken = await engine.start(linear(1, { name: 'outspoken', maxAttempts: 7 }));
  expect((await engine.reader.listSteps(silent))[0]?.max_attempts).toBe(3);
  expect((await engine.reader.listSteps(outspoken))[0]?.max_attempts).toBe(7);
});

test('a second task of an identity is answered with the first', async () => {
  const template = await register();
  const first = newTask(template, { identityHash: 'a' });
  const second = newTask(template, { identityHash: 'a' });
  const third = newTask(template, { identityHash: 'b' });
  await engine.orchestration.createTasks([first], options);
  expect(await engine.orchestration.createTasks([second, third], options)).toEqual([
    { kind: 'duplicate', existingTaskUuid: first.taskUuid },
    { kind: 'created', taskUuid: third.taskUuid, createdAt: expect.any(Date), isWaiting: false },
  ]);
});

test('an identity that comes twice in one batch makes one task', async () => {
  const template = await register();
  const tasks = [newTask(template, { identityHash: 'a' }), newTask(template, { identityHash: 'a' })];
  const answers = await engine.orchestration.createTasks(tasks, options);
  expect(answers.map((answer) => answer.kind).sort()).toEqual(['created', 'duplicate']);
});

test('the same tasks sent again change nothing and get the same answer', async () => {
  const template = await register();
  const tasks = [newTask(template), newTask(template, { identityHash: 'a' })];
  const first = await engine.orchestration.createTasks(tasks, options);
  expect(await engine.orchestration.createTasks(tasks, options)).toEqual(first);
  expect(await engine.queueLength('worker_shop_queue')).toBe(2);
});

test('two callers that send the same identity at once make one task, and the second waits for the first', async () => {
  const template = await register();
  const mine = newTask(template, { identityHash: 'a' });
  const theirs = newTask(template, { identityHash: 'a' });
  await engine.withSession(async (me) =>
    engine.withSession(async (other) => {
      await me.begin();
      await me.orchestration.createTasks([mine], options);
      const answer = other.orchestration.createTasks([theirs], options);
      await other.untilBlocked();
      await me.commit();
      expect(await answer).toEqual([{ kind: 'duplicate', existingTaskUuid: mine.taskUuid }]);
    }),
  );
});

test('an identity is free again when the transaction that took it is rolled back', async () => {
  const template = await register();
  const theirs = newTask(template, { identityHash: 'a' });
  await engine.withSession(async (me) =>
    engine.withSession(async (other) => {
      await me.begin();
      await me.orchestration.createTasks([newTask(template, { identityHash: 'a' })], options);
      const answer = other.orchestration.createTasks([theirs], options);
      await other.untilBlocked();
      await me.rollback();
      expect(await answer).toMatchObject([{ kind: 'created', taskUuid: theirs.taskUuid }]);
    }),
  );
});

test('batches with the same identities in opposite order never deadlock and make one task per identity', async () => {
  const template = await register();
  const identities = Array.from({ length: 40 }, (_, index) => `identity-${index}`);
  for (let round = 0; round < 10; round += 1) {
    const batch = (names: readonly string[]) =>
      engine.orchestration.createTasks(
        names.map((name) => newTask(template, { identityHash: `${round}-${name}` })),
        options,
      );
    const answers = await Promise.all([batch(identities), batch(identities.toReversed()), batch(identities)]);
    expect(answers.flat().filter((answer) => answer.kind === 'created')).toHaveLength(identities.length);
  }
});

test('the same tasks sent twice at once in opposite order never deadlock', async () => {
  const template = await register();
  for (let round = 0; round < 10; round += 1) {
    const tasks = Array.from({ length: 40 }, () => newTask(template));
    await Promise.all([
      engine.orchestration.createTasks(tasks, options),
      engine.orchestration.createTasks(tasks.toReversed(), options),
    ]);
  }
  expect(await engine.reader.countOpenTasks()).toEqual([{ namespace: 'shop', state: 'steps_in_process', tasks: 400 }]);
  expect(await engine.queueLength('worker_shop_queue')).toBe(400);
});

test('a template that is gone is refused by its foreign key and nothing of the batch stays', async () => {
  const template = await register();
  const batch = [newTask(template), newTask(newTaskId())];
  await expect(engine.orchestration.createTasks(batch, options)).rejects.toMatchObject({ code: '23503' });
  expect(await engine.reader.findTask(batch[0]!.taskUuid)).toBeNull();
  expect(await engine.queueLength('worker_shop_queue')).toBe(0);
});

test('a batch is enqueued by priority, and by age among equals', async () => {
  const template = await register(linear(1));
  const [low, first, second, high] = [-5, 0, 0, 9].map((priority) => newTask(template, { priority }));
  await engine.orchestration.createTasks([low!, first!, second!, high!], options);
  const order: string[] = [];
  for (let step = await engine.claim({ max: 1 }); step.length > 0; step = await engine.claim({ max: 1 })) {
    order.push(step[0]!.taskUuid);
  }
  const equals = [first!.taskUuid, second!.taskUuid].sort();
  expect(order).toEqual([high!.taskUuid, ...equals, low!.taskUuid]);
});

test('workers are notified when asked for, once per namespace, and not otherwise', async () => {
  const shop = await register(fanOut(3));
  const bank = await register(linear(1, { namespace: 'bank' }));
  const create = (wake: boolean) => () =>
    engine.orchestration.createTasks([newTask(shop), newTask(bank), newTask(shop)], { ...options, wake });
  expect(await engine.heardOn('pgmq_message_ready.shop', create(false))).toEqual([]);
  expect(await engine.heardOn('pgmq_message_ready.shop', create(true))).toEqual(['worker_shop_queue']);
  expect(await engine.heardOn('pgmq_message_ready.bank', create(true))).toEqual(['worker_bank_queue']);
});
