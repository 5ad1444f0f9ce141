import type { StepState, TaskState } from '@tasker/state-machine';
import type { StepId, TaskId, TaskTemplate } from '@tasker/workflow';
import type { Pool } from 'pg';
import { newTaskId, stepIdOf } from '../new-task-id';
import type { NewTask, UndecidedStep } from '../orchestration-store';
import { createTaskReader, type TaskReader, type TaskRow } from '../task-reader';
import type { ClaimedStep } from '../worker-store';
import { type DecideRetry, type Handler, retryAfter, succeed } from './handlers';
import { createStores, openSession, type Session, type Stores } from './session';
import { createTestDatabase } from './test-database';

/** A database with the stores over it, and a worker and an orchestrator that act only when they are told. */
export interface TestEngine extends Stores, AsyncDisposable {
  readonly pool: Pool;
  readonly reader: TaskReader;
  /** Forgets all tasks, templates and messages. */
  clear(): Promise<void>;
  /** Registers the template and creates one task of it. */
  start(template: TaskTemplate, task?: Partial<NewTask>): Promise<TaskId>;
  /** Claims up to `max` steps of a namespace. */
  claim(options?: {
    namespace?: string;
    max?: number;
    leaseMs?: number;
    workerId?: string;
  }): Promise<readonly ClaimedStep[]>;
  /** Reports what `handler` makes of the steps; gives those refused. */
  report(steps: readonly ClaimedStep[], handler?: Handler, workerId?: string): Promise<readonly StepId[]>;
  /** Applies all results that wait, and decides about the failures. */
  advance(decide?: DecideRetry): Promise<void>;
  /** One round: claims all, reports all, advances. Gives how many steps ran. */
  round(handler?: Handler, decide?: DecideRetry): Promise<number>;
  /** Rounds, until nothing runs any more; retries that are due are started too. Gives how many attempts ran. */
  runToRest(handler?: Handler, decide?: DecideRetry): Promise<number>;
  task(taskUuid: TaskId): Promise<TaskRow>;
  taskState(taskUuid: TaskId): Promise<TaskState>;
  /** The states by step name. */
  stepStates(taskUuid: TaskId): Promise<Readonly<Record<string, StepState>>>;
  stepId(taskUuid: TaskId, name: string): Promise<StepId>;
  /** The task's log as `from > to`. */
  taskHops(taskUuid: TaskId): Promise<readonly string[]>;
  /** The step's log as `from > to`. */
  stepHops(taskUuid: TaskId, name: string): Promise<readonly string[]>;
  queueLength(queue: string): Promise<number>;
  /** Gives the payloads notified on a channel while `work` runs, in order. */
  heardOn(channel: string, work: () => Promise<unknown>): Promise<readonly string[]>;
  /** Opens another connection, lets `work` use it, and closes it. */
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** A task to create from a template, as a request without wishes would make it. */
export function newTask(templateUuid: string, task: Partial<NewTask> = {}): NewTask {
  const taskUuid = task.taskUuid ?? newTaskId();
  return {
    taskUuid,
    templateUuid,
    context: { order: 7 },
    identityHash: null,
    correlationId: taskUuid,
    parentCorrelationId: null,
    traceparent: null,
    initiator: 'test',
    sourceSystem: 'test',
    reason: 'test',
    priority: 0,
    tags: [],
    ...task,
  };
}

const queueOf = (namespace: string) => `worker_${namespace}_queue`;

async function heardOn(pool: Pool, channel: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    const heard: string[] = [];
    const end = new Promise<void>((resolve) => {
      client.on('notification', (message) => {
        if (message.channel === 'end_of_work') resolve();
        else heard.push(String(message.payload));
      });
    });
    await client.query(`listen "${channel}"; listen end_of_work`);
    await work();
    await pool.query('notify end_of_work');
    await end;
    return heard;
  } finally {
    client.release(true);
  }
}

async function clear(pool: Pool): Promise<void> {
  await pool.query(`truncate tasker.task_templates, tasker.tasks, tasker.template_steps, tasker.steps,
    tasker.task_transitions, tasker.step_transitions, tasker.task_watches`);
  await pool.query('select pgmq.purge_queue(q.queue_name) from pgmq.list_queues() q');
}

function createDriver({ orchestration, worker }: Pick<Stores, 'orchestration' | 'worker'>) {
  const claim: TestEngine['claim'] = ({
    namespace = 'shop',
    max = 10_000,
    leaseMs = 60_000,
    workerId = 'worker',
  } = {}) => worker.claimSteps({ queue: queueOf(namespace), workerId, max, leaseMs });

  const report: TestEngine['report'] = (steps, handler = succeed, workerId = 'worker') =>
    worker.reportSteps(
      workerId,
      steps.map((step) => ({ stepUuid: step.stepUuid, attempt: step.attempt, outcome: handler(step), executionMs: 3 })),
    );

  async function decideAll(undecided: readonly UndecidedStep[], decide: DecideRetry): Promise<void> {
    await orchestration.decideFailures(
      undecided.map((step) => ({
        stepUuid: step.stepUuid,
        attempt: step.attempt,
        about: step.failure.kind,
        retryDelayMs: decide(step),
        reason: step.failure.kind === 'reported' ? step.failure.message : 'the lease ended',
      })),
    );
  }

  async function advance(decide: DecideRetry = retryAfter(0)): Promise<void> {
    for (;;) {
      const { taken, undecided } = await orchestration.advanceResults(10_000);
      await decideAll(undecided, decide);
      if (taken === 0) return;
    }
  }

  async function round(handler?: Handler, decide?: DecideRetry): Promise<number> {
    const steps = await claim();
    await report(steps, handler);
    await advance(decide);
    return steps.length;
  }

  async function runToRest(handler?: Handler, decide?: DecideRetry): Promise<number> {
    let attempts = 0;
    for (;;) {
      const ran = await round(handler, decide);
      const { retried } = await orchestration.recoverDueSteps(10_000);
      if (ran === 0 && retried === 0) return attempts;
      attempts += ran;
    }
  }

  return { claim, report, advance, round, runToRest };
}

function createObserver(pool: Pool, reader: TaskReader) {
  async function task(taskUuid: TaskId): Promise<TaskRow> {
    const row = await reader.findTask(taskUuid);
    if (row === null) throw new Error(`there is no task ${taskUuid}`);
    return row;
  }

  async function stepId(taskUuid: TaskId, name: string): Promise<StepId> {
    const step = (await reader.listSteps(taskUuid)).find((candidate) => candidate.name === name);
    if (step === undefined) throw new Error(`task ${taskUuid} has no step ${name}`);
    return stepIdOf(taskUuid, step.step_no);
  }

  return {
    task,
    stepId,
    taskState: async (taskUuid: TaskId) => (await task(taskUuid)).state,
    async stepStates(taskUuid: TaskId) {
      return Object.fromEntries((await reader.listSteps(taskUuid)).map((step) => [step.name, step.state]));
    },
    async taskHops(taskUuid: TaskId) {
      return (await reader.listTaskTransitions(taskUuid)).map((row) => `${row.from_state} > ${row.to_state}`);
    },
    async stepHops(taskUuid: TaskId, name: string) {
      const log = await reader.listStepTransitions(await stepId(taskUuid, name));
      return log.map((row) => `${row.from_state} > ${row.to_state}`);
    },
    async queueLength(queue: string) {
      const { rows } = await pool.query('select queue_length from pgmq.metrics($1)', [queue]);
      return Number(rows[0].queue_length);
    },
  };
}

/** Gives an engine on a database of its own. */
export async function createTestEngine(): Promise<TestEngine> {
  const database = await createTestDatabase();
  const { pool } = database;
  const stores = createStores(pool, 'orchestrator');
  const reader = createTaskReader(pool);
  return {
    pool,
    reader,
    ...stores,
    ...createDriver(stores),
    ...createObserver(pool, reader),
    clear: () => clear(pool),
    heardOn: (channel, work) => heardOn(pool, channel, work),
    async start(template, task) {
      const { templateUuid } = await stores.templates.register(template);
      const [created] = await stores.orchestration.createTasks([newTask(templateUuid, task)], {
        defaultMaxAttempts: 3,
        wake: false,
      });
      if (created?.kind !== 'created') throw new Error('the task exists already');
      return created.taskUuid;
    },
    async withSession(work) {
      const session = await openSession(pool);
      try {
        return await work(session);
      } finally {
        session.client.release(true);
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
