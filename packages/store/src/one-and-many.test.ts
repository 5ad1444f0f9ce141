import type { TaskId, TaskTemplate } from '@tasker/workflow';
import { checkInvariants } from './invariants';
import { TASK_CHANGED_CHANNEL } from './task-changes';
import { failing, failure, giveUp, type Handler, retryAfter, succeed } from './testing/handlers';
import { linear, twoParents } from './testing/template-fixtures';
import { createTestEngine, type TestEngine } from './testing/test-engine';
import type { ClaimedStep } from './worker-store';

// What every step goes through has a way for one row and a way for many. Each story is played by a task alone, and by three
// tasks that share each call: everything that is left of them in the database must be the same.

let engine: TestEngine;
beforeAll(async () => {
  engine = await createTestEngine();
});
beforeEach(() => engine.clear());
afterAll(() => engine[Symbol.asyncDispose]());

const signature = { actor: 'ada', reason: 'test' };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface Play {
  readonly tasks: readonly TaskId[];
  /** Claims all, and notes what the workers were given. */
  claim(): Promise<readonly ClaimedStep[]>;
  /** Claims and reports all, and advances. */
  round(handler?: Handler): Promise<void>;
}

interface Story {
  readonly template: TaskTemplate;
  play(play: Play): Promise<unknown>;
}

const chain = linear(3, { maxAttempts: 2 });
const onFirstAttempt =
  (handler: Handler): Handler =>
  (step) =>
    step.attempt === 1 ? handler(step) : succeed(step);

const stories: Readonly<Record<string, Story>> = {
  'steps are claimed': { template: chain, play: ({ claim }) => claim() },
  'outcomes are reported': {
    template: chain,
    async play({ claim }) {
      await engine.report(await claim());
    },
  },
  'a chain runs to its end': {
    template: chain,
    async play({ round }) {
      for (let step = 0; step < 3; step += 1) await round();
    },
  },
  'a child waits for its other parent': {
    template: twoParents(),
    async play({ claim, round }) {
      const claimed = await claim();
      for (const name of ['left', 'right']) {
        await engine.report(claimed.filter((step) => step.stepName === name));
        await engine.advance();
      }
      await round();
    },
  },
  'outcomes have metadata, or nothing to give': {
    template: chain,
    async play({ round }) {
      await round(() => ({ kind: 'success', result: null, metadata: { rows: 3, note: null } }));
      await round(() => ({ kind: 'success', result: { a: null }, metadata: {} }));
      await round();
    },
  },
  'a first attempt fails, the last succeeds': {
    template: chain,
    async play({ claim, round }) {
      await engine.report(await claim(), onFirstAttempt(failing('step_1')));
      await engine.advance(retryAfter(0));
      await engine.orchestration.recoverDueSteps(10);
      await round();
    },
  },
  'a step fails for good': {
    template: chain,
    async play({ claim }) {
      await engine.report(await claim(), () => failure({ retryable: false, context: { sku: null } }));
      await engine.advance(giveUp);
    },
  },
  'outcomes of another worker and of another attempt are refused': {
    template: chain,
    async play({ claim }) {
      const claimed = await claim();
      expect(await engine.report(claimed, succeed, 'nobody')).toHaveLength(claimed.length);
      const stale = claimed.map((step) => ({ ...step, attempt: 2 }));
      expect(await engine.report(stale)).toHaveLength(claimed.length);
    },
  },
  'the steps of cancelled tasks are not given out, and their outcomes are refused': {
    template: chain,
    async play({ tasks, claim, round }) {
      await round();
      const claimed = await claim();
      for (const task of tasks) await engine.operator.endTask(task, 'cancel', signature);
      expect(await engine.report(claimed)).toHaveLength(claimed.length);
    },
  },
  'messages of cancelled tasks are dropped': {
    template: chain,
    async play({ tasks, claim }) {
      for (const task of tasks) await engine.operator.endTask(task, 'cancel', signature);
      expect(await claim()).toEqual([]);
    },
  },
  'results of steps that still run change nothing': {
    template: chain,
    async play({ claim }) {
      const given = (await claim()).map((step) => step.stepUuid);
      await engine.orchestration.advanceResults(10, given);
    },
  },
};

/** All rows about a task as JSON; ids are told by their place in the task, times only by their being there. */
async function pictureOf(task: TaskId): Promise<unknown> {
  const queues = ['worker_shop_queue', 'orchestration_step_results', 'worker_shop_queue_dlq'];
  await engine.pool.query('select pgmq.create($1)', ['worker_shop_queue_dlq']);
  const sources = [
    'select to_jsonb(r) as row from tasker.tasks r where r.task_uuid = $1',
    'select to_jsonb(r) as row from tasker.steps r where r.task_uuid = $1 order by r.step_no',
    `select to_jsonb(r) - 'transition_id' as row from tasker.task_transitions r where r.task_uuid = $1 order by r.transition_id`,
    `select to_jsonb(r) - 'transition_id' as row from tasker.step_transitions r where r.task_uuid = $1
      order by r.step_uuid, r.transition_id`,
    ...queues.map(
      (queue) => `select r.message as row from pgmq.q_${queue} r where r.message ->> 'task_uuid' = $1::text`,
    ),
  ];
  const rows = [];
  for (const source of sources) rows.push((await engine.pool.query(source, [task])).rows.map(({ row }) => row));
  return withoutChance(rows, task);
}

function withoutChance(value: unknown, task: TaskId): unknown {
  const text = JSON.stringify(value)
    .replaceAll(task.slice(0, 31), 'task-')
    .replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"a time"')
    .replaceAll(/"template_uuid":"[^"]*"/g, '"template_uuid":"a template"');
  return JSON.parse(text);
}

async function playWith(count: number, { template, play }: Story) {
  const tasks: TaskId[] = [];
  for (let index = 0; index < count; index += 1) tasks.push(await engine.start(template, { traceparent }));
  for (const task of tasks) {
    await engine.pool.query(`select tasker.watch_tasks('here', array[$1::uuid], '{}', 60000)`, [task]);
  }
  const given: ClaimedStep[] = [];
  const claim = async () => {
    const claimed = await engine.claim();
    given.push(...claimed);
    return claimed;
  };
  const round = async (handler?: Handler) => {
    await engine.report(await claim(), handler);
    await engine.advance();
  };
  const told = await engine.heardOn(TASK_CHANGED_CHANNEL, () => play({ tasks, claim, round }));
  expect(await checkInvariants(engine.pool)).toEqual([]);
  const pictures = [];
  for (const task of tasks) {
    const own = given.filter((step) => step.taskUuid === task).toSorted((a, b) => (a.stepUuid < b.stepUuid ? -1 : 1));
    pictures.push({
      rows: await pictureOf(task),
      given: withoutChance(own, task),
      timesTold: told.filter((payload) => payload === task).length,
    });
  }
  return pictures;
}

test.each(Object.entries(stories))('%s: for many tasks at once as for one', async (_, story) => {
  const [alone] = await playWith(1, story);
  await engine.clear();
  expect(await playWith(3, story)).toEqual([alone, alone, alone]);
});

test.each([[1], [3]])('queues of %i messages are announced once', async (count) => {
  for (let index = 0; index < count; index += 1) await engine.start(linear(2));
  const claimed = await engine.claim();
  const results = 'orchestration_step_results';
  expect(await engine.heardOn('pgmq_message_ready.orchestration', () => engine.report(claimed))).toEqual([results]);
  const advanced = () => engine.orchestration.advanceResults(10);
  expect(await engine.heardOn('pgmq_message_ready.shop', advanced)).toEqual(['worker_shop_queue']);
});
