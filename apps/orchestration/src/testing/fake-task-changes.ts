import type { TaskChanges } from '@tasker/store';
import type { TaskId } from '@tasker/workflow';

/** Changes that a test tells of. */
export interface FakeTaskChanges extends TaskChanges {
  /** Yields to all who watch the task. */
  tell(taskUuid: string): void;
  /** Resolves when somebody watches the task, at once if so. */
  untilWatched(taskUuid: string): Promise<void>;
  readonly watcherCount: number;
}

interface Watcher {
  readonly taskUuid: string;
  wake(): void;
}

/** Gives changes whose watchers are woken by the test alone. */
export function createFakeTaskChanges(): FakeTaskChanges {
  const watchers = new Set<Watcher>();
  const waiting: { readonly taskUuid: string; readonly done: () => void }[] = [];

  async function* watch(taskUuid: TaskId, signal: AbortSignal): AsyncGenerator<void> {
    let told = true;
    let resume = () => {};
    // A change that is told while the follower is busy makes it look once more.
    const watcher: Watcher = {
      taskUuid,
      wake() {
        told = true;
        resume();
      },
    };
    signal.addEventListener('abort', () => resume(), { once: true });
    watchers.add(watcher);
    for (const one of waiting) if (one.taskUuid === taskUuid) one.done();
    try {
      while (!signal.aborted) {
        if (told) {
          told = false;
          yield;
        } else {
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      }
    } finally {
      watchers.delete(watcher);
    }
  }

  const watchersOf = (taskUuid: string) => [...watchers].filter((one) => one.taskUuid === taskUuid);
  return {
    watch,
    tell(taskUuid) {
      for (const { wake } of watchersOf(taskUuid)) wake();
    },
    untilWatched: (taskUuid) =>
      watchersOf(taskUuid).length > 0
        ? Promise.resolve()
        : new Promise((done) => {
            waiting.push({ taskUuid, done });
          }),
    get watcherCount() {
      return watchers.size;
    },
  };
}
