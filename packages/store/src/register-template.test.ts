import { checkInvariants } from './invariants';
import { diamond, emptyTemplate, fanOut, linear } from './testing/template-fixtures';
import { createTestEngine, newTask, type TestEngine } from './testing/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterEach(async () => expect(await checkInvariants(engine.pool)).toEqual([]));
afterAll(() => engine[Symbol.asyncDispose]());

const options = { defaultMaxAttempts: 3, wake: false };

test('a template is found as it was registered', async () => {
  const { kind, templateUuid } = await engine.templates.register(diamond());
  expect(kind).toBe('registered');
  expect(await engine.templates.find('shop', 'order', '1.0.0')).toEqual({
    templateUuid,
    contentHash: expect.any(String),
    template: diamond(),
  });
});

test('its steps are stored in topological order with their parents and children', async () => {
  const { templateUuid } = await engine.templates.register({ ...diamond(), steps: diamond().steps.toReversed() });
  const { rows } = await engine.pool.query(
    'select name, parent_nos, child_nos from tasker.template_steps where template_uuid = $1 order by step_no',
    [templateUuid],
  );
  expect(rows[0]).toEqual({ name: 'top', parent_nos: [], child_nos: [2, 3] });
  expect(
    rows
      .slice(1, 3)
      .map((row) => row.name)
      .sort(),
  ).toEqual(['left', 'right']);
  expect(rows[3]).toEqual({ name: 'bottom', parent_nos: [2, 3], child_nos: [] });
});

test('an unknown template, version or namespace is not found', async () => {
  await engine.templates.register(linear(1));
  expect(await engine.templates.find('shop', 'other', null)).toBeNull();
  expect(await engine.templates.find('shop', 'order', '9.0.0')).toBeNull();
  expect(await engine.templates.find('bank', 'order', null)).toBeNull();
});

test('without a version the highest one is found, and a release before its prereleases', async () => {
  for (const version of ['1.9.0', '1.10.0-rc.1', '1.2.0']) await engine.templates.register(linear(1, { version }));
  expect((await engine.templates.find('shop', 'order', null))?.template.version).toBe('1.10.0-rc.1');
  await engine.templates.register(linear(1, { version: '1.10.0' }));
  expect((await engine.templates.find('shop', 'order', null))?.template.version).toBe('1.10.0');
});

test('the first template of a namespace creates its queue', async () => {
  await engine.templates.register(linear(1, { namespace: 'brand_new' }));
  expect(await engine.queueLength('worker_brand_new_queue')).toBe(0);
});

test('the same content again changes nothing', async () => {
  const { templateUuid } = await engine.templates.register(diamond());
  expect(await engine.templates.register(diamond())).toEqual({ kind: 'unchanged', templateUuid });
});

test('other content under a version without tasks replaces it', async () => {
  const old = await engine.templates.register(linear(2));
  const { kind, templateUuid } = await engine.templates.register(linear(3));
  expect(kind).toBe('replaced');
  expect(templateUuid).not.toBe(old.templateUuid);
  const { rows } = await engine.pool.query(
    'select template_uuid, count(*)::integer as n from tasker.template_steps group by 1',
  );
  expect(rows).toEqual([{ template_uuid: templateUuid, n: 3 }]);
});

test('other content under a version with tasks is refused and the task keeps its content', async () => {
  const task = await engine.start(linear(2));
  expect((await engine.templates.register(linear(3))).kind).toBe('conflict');
  await engine.runToRest();
  expect(await engine.task(task)).toMatchObject({ state: 'complete', steps_total: 2 });
});

test('templates are listed by namespace and name', async () => {
  await engine.templates.register(linear(1, { name: 'b', description: 'second' }));
  await engine.templates.register(emptyTemplate({ name: 'a' }));
  await engine.templates.register(linear(1, { namespace: 'bank', name: 'c' }));
  const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name);
  expect(names(await engine.templates.list(null))).toEqual(['c', 'a', 'b']);
  expect(names(await engine.templates.list('shop'))).toEqual(['a', 'b']);
  expect((await engine.templates.list('shop'))[1]).toMatchObject({
    description: 'second',
    step_count: 1,
    version: '1.0.0',
  });
});

test('many registrations of one version at once make one template', async () => {
  const kinds = (await Promise.all(Array.from({ length: 8 }, () => engine.templates.register(diamond())))).map(
    (r) => r.kind,
  );
  expect(kinds.filter((kind) => kind === 'registered')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'unchanged')).toHaveLength(7);
});

test('two registrations of one version at once: the second waits, and sees what the first left', async () => {
  await engine.withSession(async (first) =>
    engine.withSession(async (second) => {
      await first.begin();
      await first.templates.register(linear(2));
      const other = second.templates.register(linear(3));
      await second.untilBlocked();
      await first.commit();
      expect((await other).kind).toBe('replaced');
    }),
  );
  expect((await engine.templates.find('shop', 'order', null))?.template.steps).toHaveLength(3);
});

test('registrations of different templates of a new namespace at once create its queue once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const namespace = `crowd_${round}`;
    const names = Array.from({ length: 8 }, (_, index) => `template_${index}`);
    await Promise.all(names.map((name) => engine.templates.register(linear(1, { namespace, name }))));
    expect(await engine.templates.list(namespace)).toHaveLength(8);
  }
});

test('a task created while its template is being replaced is refused whole', async () => {
  const { templateUuid } = await engine.templates.register(linear(2));
  const task = newTask(templateUuid);
  await engine.withSession(async (registrar) =>
    engine.withSession(async (intake) => {
      await registrar.begin();
      expect((await registrar.templates.register(linear(3))).kind).toBe('replaced');
      const creation = intake.orchestration.createTasks([task], options);
      const refused = expect(creation).rejects.toMatchObject({ code: '23503' });
      await intake.untilBlocked();
      await registrar.commit();
      await refused;
    }),
  );
  expect(await engine.reader.findTask(task.taskUuid)).toBeNull();
  expect(await engine.reader.listSteps(task.taskUuid)).toEqual([]);
});

test('a replacement that meets the creation of a task waits for it and is refused', async () => {
  const { templateUuid } = await engine.templates.register(linear(2));
  const task = newTask(templateUuid);
  await engine.withSession(async (intake) =>
    engine.withSession(async (registrar) => {
      await intake.begin();
      await intake.orchestration.createTasks([task], options);
      const registration = registrar.templates.register(linear(3));
      await registrar.untilBlocked();
      await intake.commit();
      expect(await registration).toEqual({ kind: 'conflict', templateUuid });
    }),
  );
  expect(await engine.task(task.taskUuid)).toMatchObject({ steps_total: 2 });
});

test('tasks and replacements in a crowd leave no torn task', async () => {
  const contents = [linear(1), linear(2), fanOut(3)];
  for (let round = 0; round < 15; round += 1) {
    await engine.clear();
    const { templateUuid } = await engine.templates.register(contents[round % 3]!);
    const create = () =>
      engine.orchestration
        .createTasks([newTask(templateUuid)], options)
        .catch((error) => expect(error.code).toBe('23503'));
    await Promise.all([create(), engine.templates.register(contents[(round + 1) % 3]!), create()]);
    expect(await checkInvariants(engine.pool)).toEqual([]);
  }
});

test('listeners are told which template is new and not of an unchanged one', async () => {
  const heard = await engine.heardOn('tasker_template_registered', async () => {
    await engine.templates.register(linear(1));
    await engine.templates.register(linear(1));
  });
  expect(heard).toEqual(['shop/order/1.0.0']);
});
