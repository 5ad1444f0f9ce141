import {
  listStepTransitions,
  listTaskTransitions,
  STEP_EVENTS,
  STEP_STATES,
  type StepState,
  stepTargets,
  TASK_EVENTS,
  TASK_STATES,
  type TaskState,
  taskTargets,
} from '@tasker/state-machine';
import { newTaskId, stepIdOf } from './new-task-id';
import { createTestDatabase, type TestDatabase } from './testing/test-database';

let database: TestDatabase;
const templateUuid = newTaskId();

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into tasker.task_templates (template_uuid, namespace, name, version, identity_strategy, content_hash, definition,
      step_count, root_count) values ($1, 'shop', 'any', '1.0.0', 'always_unique', '', '{}', 0, 0)`,
    [templateUuid],
  );
});

afterAll(() => database[Symbol.asyncDispose]());

const select = async (text: string) => (await database.pool.query({ text, rowMode: 'array' })).rows.map(String);

test('the database knows the same states and events', async () => {
  expect(await select('select unnest(enum_range(null::tasker.task_state))')).toEqual([...TASK_STATES]);
  expect(await select('select unnest(enum_range(null::tasker.step_state))')).toEqual([...STEP_STATES]);
  expect((await select('select unnest(enum_range(null::tasker.task_event))')).sort()).toEqual([...TASK_EVENTS].sort());
  expect((await select('select unnest(enum_range(null::tasker.step_event))')).sort()).toEqual([...STEP_EVENTS].sort());
});

test('the database has the same transitions', async () => {
  const flat = (rows: readonly { from: string; event: string; to: string }[]) =>
    rows.map(({ from, event, to }) => `${from},${event},${to}`).sort();
  expect((await select('select from_state, event, to_state from tasker.task_transition_rules')).sort()).toEqual(
    flat(listTaskTransitions()),
  );
  expect((await select('select from_state, event, to_state from tasker.step_transition_rules')).sort()).toEqual(
    flat(listStepTransitions()),
  );
});

async function putTask(state: TaskState): Promise<string> {
  const id = newTaskId();
  const over = ['complete', 'error', 'cancelled', 'resolved_manually'].includes(state);
  await database.pool.query(
    `insert into tasker.tasks (task_uuid, template_uuid, namespace, state, context, correlation_id, initiator,
      source_system, reason, steps_total, steps_active, created_at, updated_at, completed_at)
    values ($1, $2, 'shop', $3, '{}', $1, '', '', '', 0, 0, now(), now(), $4)`,
    [id, templateUuid, state, over ? new Date() : null],
  );
  return id;
}

async function putStep(state: StepState): Promise<string> {
  const task = newTaskId();
  const id = stepIdOf(task, 1);
  const over = ['complete', 'cancelled', 'resolved_manually'].includes(state);
  await database.pool.query(
    `insert into tasker.steps (step_uuid, task_uuid, step_no, name, state, unmet_parents, parent_nos, child_nos, retryable,
      max_attempts, worker_id, due_at, created_at, updated_at, completed_at)
    values ($1, $2, 1, 'only', $3, 0, '{}', '{}', true, 3, 'w', now(), now(), now(), $4)`,
    [id, task, state, over ? new Date() : null],
  );
  return id;
}

describe.each(TASK_STATES)('a task in %s', (from) => {
  test.each(TASK_EVENTS)('accepts or refuses %s as the table says', async (event) => {
    const allowed = taskTargets(from, event);
    const attempts = allowed.length === 0 ? [null] : allowed;
    for (const to of attempts) {
      const id = await putTask(from);
      const { rows } = await database.pool.query('select tasker.move_task($1, $2, $3, $4, $5) as state', [
        id,
        event,
        'test',
        null,
        to,
      ]);
      expect(rows[0].state).toBe(to);
      const log = await database.pool.query(
        'select from_state, to_state from tasker.task_transitions where task_uuid = $1',
        [id],
      );
      expect(log.rows).toEqual(to === null ? [] : [{ from_state: from, to_state: to }]);
    }
  });
});

describe.each(STEP_STATES)('a step in %s', (from) => {
  test.each(STEP_EVENTS)('accepts or refuses %s as the table says', async (event) => {
    const allowed = stepTargets(from, event);
    const attempts = allowed.length === 0 ? [null] : allowed;
    for (const to of attempts) {
      const id = await putStep(from);
      const { rows } = await database.pool.query('select tasker.move_step($1, $2, $3, $4, $5) as state', [
        id,
        event,
        'test',
        null,
        to,
      ]);
      expect(rows[0].state).toBe(to);
      const log = await database.pool.query(
        'select from_state, to_state from tasker.step_transitions where step_uuid = $1',
        [id],
      );
      expect(log.rows).toEqual(to === null ? [] : [{ from_state: from, to_state: to }]);
    }
  });
});
