import type { RequestProblem, TaskRequest } from '@tasker/protocol';
import type { CreatedTask, NewTask, OrchestrationStore } from '@tasker/store';
import type { TaskId } from '@tasker/workflow';
import type { ExecutorPool } from '../engine/executor-pool';
import { OverloadedError } from './errors';
import { createGroupCommit, type GroupCommit } from './group-commit';
import { prepareTask } from './prepare-task';
import type { PreparedTemplate, TemplateCache } from './template-cache';

/** What became of a request. */
export type SubmitOutcome =
  | {
      readonly kind: 'created';
      readonly task: NewTask;
      readonly template: PreparedTemplate;
      readonly createdAt: Date;
      /** It is held in `pending` until fewer tasks are in progress. */
      readonly isWaiting: boolean;
    }
  | { readonly kind: 'duplicate'; readonly existingTaskUuid: TaskId }
  | { readonly kind: 'template_not_found' }
  | { readonly kind: 'invalid'; readonly problems: readonly RequestProblem[] };

/**
 * Turns requests into durable tasks whose first steps are on their way, or which wait in `pending` until fewer tasks are in
 * progress. Both verbs throw an {@link OverloadedError} while more work waits than its high watermark.
 */
export interface TaskIntake {
  /** One task; requests that arrive while a commit is under way share the next one. */
  submit(request: TaskRequest, traceparent: string | null): Promise<SubmitOutcome>;
  /** Many tasks in one transaction, one outcome each, in order. */
  submitBatch(requests: readonly TaskRequest[], traceparent?: string | null): Promise<readonly SubmitOutcome[]>;
}

/** What {@link createTaskIntake} works with. */
export interface TaskIntakeDeps {
  readonly store: Pick<OrchestrationStore, 'createTasks'>;
  readonly templates: TemplateCache;
  /** Wakes the workers of a namespace after a commit that did not do it itself. */
  readonly wakeWorkers: (namespace: string) => void;
  readonly onCreated: (namespace: string, count: number) => void;
  readonly defaultMaxAttempts: number;
  /** Tasks in progress at once; 0 means no limit. */
  readonly maxConcurrentTasks: number;
  /** Does the commits. */
  readonly pool: ExecutorPool;
  /** Whether other work is so far behind that new tasks are refused. */
  readonly isOverloaded: () => boolean;
}

/**
 * From this many tasks on, the commit itself wakes the workers: one NOTIFY in it is cheaper than one beside it. So does a commit
 * without company, which saves a round trip; small ones that overlap would queue up behind the lock that notifying commits share.
 */
const WAKE_INSIDE_FROM = 8;
const FOREIGN_KEY_VIOLATION = '23503';
const RETRY_AFTER_MS = 1_000;

interface Ready {
  readonly kind: 'ready';
  readonly task: NewTask;
  readonly template: PreparedTemplate;
}

/** Gives the intake over the store. */
export function createTaskIntake({
  store,
  templates,
  wakeWorkers,
  onCreated,
  defaultMaxAttempts,
  maxConcurrentTasks,
  pool,
  isOverloaded,
}: TaskIntakeDeps): TaskIntake {
  let waitingBatches = 0;

  function noteDepth(): void {
    pool.noteDepth(single.waitingCount + waitingBatches);
  }

  function tellOf(created: readonly CreatedTask[], ready: readonly Ready[], isWoken: boolean): void {
    const counts = new Map<string, number>();
    created.forEach((answer, index) => {
      const namespace = ready[index]?.template.template.namespace;
      if (answer.kind === 'created' && namespace !== undefined) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    });
    for (const [namespace, count] of counts) {
      onCreated(namespace, count);
      if (!isWoken) wakeWorkers(namespace);
    }
  }

  async function insert(ready: readonly Ready[], isAlone: boolean): Promise<readonly CreatedTask[]> {
    const wake = isAlone || ready.length >= WAKE_INSIDE_FROM;
    const tasks = ready.map(({ task }) => task);
    try {
      const created = await store.createTasks(tasks, { defaultMaxAttempts, wake, maxConcurrentTasks });
      tellOf(created, ready, wake);
      return created;
    } finally {
      // Nobody may submit for a while, and until then this is the depth that health and metrics show.
      noteDepth();
    }
  }

  function toOutcome({ task, template }: Ready, created: CreatedTask): SubmitOutcome {
    if (created.kind === 'duplicate') return created;
    const { createdAt, isWaiting } = created;
    return { kind: 'created', task, template, createdAt, isWaiting };
  }

  /** Runs `store`; when a template was replaced since it was read, forgets the templates and runs once more. */
  async function withFreshTemplates<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if ((error as { code?: unknown }).code !== FOREIGN_KEY_VIOLATION) throw error;
      templates.clear();
      return await run();
    }
  }

  const single: GroupCommit<Ready, CreatedTask> = createGroupCommit(pool, insert);

  function refuseOverload(): void {
    noteDepth();
    if (pool.isOverloaded || isOverloaded()) throw new OverloadedError(RETRY_AFTER_MS);
  }

  function insertBatch(ready: readonly Ready[]): Promise<readonly CreatedTask[]> {
    waitingBatches += 1;
    return pool.run(() => {
      waitingBatches -= 1;
      return insert(ready, false);
    });
  }

  return {
    submit: (request, traceparent) =>
      withFreshTemplates(async () => {
        refuseOverload();
        const prepared = await prepareTask(request, traceparent, templates);
        if (prepared.kind !== 'ready') return prepared;
        return toOutcome(prepared, await single.add(prepared));
      }),

    submitBatch: (requests, traceparent = null) =>
      withFreshTemplates(async () => {
        refuseOverload();
        const prepared = await Promise.all(requests.map((request) => prepareTask(request, traceparent, templates)));
        const ready = prepared.filter((item): item is Ready => item.kind === 'ready');
        const created = ready.length === 0 ? [] : await insertBatch(ready);
        const answers = created.values();
        return prepared.map((item) => {
          if (item.kind !== 'ready') return item;
          const { value } = answers.next();
          if (value === undefined) throw new Error('a task of the batch got no answer');
          return toOutcome(item, value);
        });
      }),
  };
}
