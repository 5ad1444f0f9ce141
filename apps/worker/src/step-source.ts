import type { Clock } from '@tasker/lifecycle';
import type { ClaimedStep, WorkerStore } from '@tasker/store';
import type { Logger } from '@tasker/worker-sdk';

/** What makes a worker ask a queue; `drain`: notifications may have been missed. */
export type WakeupCause = 'notification' | 'poll' | 'drain';

/** One claim, for metrics. */
export interface Look {
  /** What asked for it; null when the worker itself did, since there may be more. */
  readonly cause: WakeupCause | null;
  /** From the moment when it was asked for until its answer, in milliseconds: the wait for room included. */
  readonly discoveryMs: number;
  /** The claim itself, in milliseconds. */
  readonly durationMs: number;
  /** Steps that it brought. */
  readonly found: number;
  readonly isFailed: boolean;
}

/** What a step source needs. */
export interface StepSourceOptions {
  readonly store: Pick<WorkerStore, 'claimSteps'>;
  readonly queues: readonly string[];
  readonly workerId: string;
  readonly leaseMs: number;
  /** Most steps in one claim. */
  readonly maxClaim: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Number of steps that the worker can take now. */
  room(): number;
  /** Receives what was claimed; `sentAtMs` is the moment before the claim was sent, on the monotonic clock. */
  onClaimed(steps: readonly ClaimedStep[], sentAtMs: number): void;
  /** Receives what arrived after `stop`: it has to be handed back. */
  onLate(steps: readonly ClaimedStep[]): Promise<void>;
  /** Told of each claim. */
  onLook?(look: Look): void;
}

interface Wakeup {
  readonly cause: WakeupCause;
  readonly atMs: number;
}

interface Queue {
  readonly name: string;
  /** Whether there may be something to claim. */
  isHungry: boolean;
  /** The first wake-up since the last claim was sent. */
  wakeup: Wakeup | null;
  isClaiming: boolean;
  failureCount: number;
  cancelRetry: (() => void) | null;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Claims steps from queues. A queue is asked when it was woken, again while claims come back full or another wake-up came
 * meanwhile, and only for as many steps as there is room. Queues that are hungry at the same time share the room, in turn.
 */
export class StepSource {
  readonly #options: StepSourceOptions;
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #claims = new Set<Promise<void>>();
  #reserved = 0;
  #turn = 0;
  #isPumpScheduled = false;
  #isStopped = false;

  constructor(options: StepSourceOptions) {
    this.#options = options;
    const fresh = { isHungry: false, wakeup: null, isClaiming: false, failureCount: 0, cancelRetry: null };
    this.#queues = new Map(options.queues.map((name) => [name, { name, ...fresh }]));
  }

  /** Whether the last claim of any queue failed. */
  get isFailing(): boolean {
    return [...this.#queues.values()].some((queue) => queue.failureCount > 0);
  }

  /** Asks one queue; names of queues that are not ours are ignored. */
  wake(queueName: string): void {
    const queue = this.#queues.get(queueName);
    if (queue === undefined) return;
    this.#rouse(queue, 'notification');
    this.#pump();
  }

  /** Asks all queues. */
  wakeAll(cause: WakeupCause): void {
    for (const queue of this.#queues.values()) this.#rouse(queue, cause);
    this.#pump();
  }

  /** Says that there may be room. Handlers that end in the same turn of the event loop lead to one claim. */
  onRoom(): void {
    if (this.#isPumpScheduled || this.#isStopped) return;
    this.#isPumpScheduled = true;
    setImmediate(() => {
      this.#isPumpScheduled = false;
      this.#pump();
    });
  }

  /** Claims nothing more; resolves when no claim is in flight and what arrived late is handed back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const queue of this.#queues.values()) queue.cancelRetry?.();
    await Promise.all(this.#claims);
  }

  #rouse(queue: Queue, cause: WakeupCause): void {
    queue.isHungry = true;
    queue.wakeup ??= { cause, atMs: this.#options.clock.monotonicMs() };
  }

  #pump(): void {
    if (this.#isStopped) return;
    const hungry = [...this.#queues.values()].filter(isReady);
    if (hungry.length === 0) return;
    let room = this.#options.room() - this.#reserved;
    this.#turn += 1;
    for (let index = 0; index < hungry.length && room > 0; index += 1) {
      const queue = hungry[(index + this.#turn) % hungry.length];
      const share = Math.min(Math.ceil(room / (hungry.length - index)), this.#options.maxClaim);
      if (queue === undefined) continue;
      room -= share;
      const claim = this.#claim(queue, share);
      this.#claims.add(claim);
      void claim.finally(() => this.#claims.delete(claim));
    }
  }

  async #claim(queue: Queue, max: number): Promise<void> {
    const { store, workerId, leaseMs, clock, onClaimed, onLate } = this.#options;
    const { wakeup } = queue;
    queue.isHungry = false;
    queue.wakeup = null;
    queue.isClaiming = true;
    this.#reserved += max;
    const sentAtMs = clock.monotonicMs();
    let steps: readonly ClaimedStep[] = [];
    try {
      steps = await store.claimSteps({ queue: queue.name, workerId, max, leaseMs });
      queue.failureCount = 0;
    } catch (error) {
      this.#retryLater(queue, error);
    }
    queue.isClaiming = false;
    this.#reserved -= max;
    this.#tell(queue, wakeup, sentAtMs, steps.length);
    if (steps.length >= max) queue.isHungry = true;
    if (this.#isStopped && steps.length > 0) await onLate(steps);
    else if (steps.length > 0) onClaimed(steps, sentAtMs);
    this.#pump();
  }

  #tell(queue: Queue, wakeup: Wakeup | null, sentAtMs: number, found: number): void {
    const nowMs = this.#options.clock.monotonicMs();
    const isFailed = queue.failureCount > 0;
    this.#options.onLook?.({
      cause: wakeup?.cause ?? null,
      discoveryMs: nowMs - (wakeup?.atMs ?? sentAtMs),
      durationMs: nowMs - sentAtMs,
      found,
      isFailed,
    });
    // The claim that follows is the one that answers this wake-up.
    if (isFailed) queue.wakeup = wakeup ?? queue.wakeup;
  }

  #retryLater(queue: Queue, error: unknown): void {
    queue.failureCount += 1;
    queue.isHungry = true;
    const retryInMs =
      Math.min(FIRST_RETRY_MS * 2 ** (queue.failureCount - 1), LAST_RETRY_MS) * (0.8 + Math.random() * 0.4);
    const { logger, clock } = this.#options;
    logger.warn('claiming steps failed and is tried again', { queue: queue.name, retryInMs, error: String(error) });
    if (this.#isStopped) return;
    queue.cancelRetry = clock.setTimer(retryInMs, () => {
      queue.cancelRetry = null;
      this.#pump();
    });
  }
}

function isReady(queue: Queue): boolean {
  return queue.isHungry && !queue.isClaiming && queue.cancelRetry === null;
}
