import type { Clock } from '@tasker/lifecycle';
import type { WorkerStore } from '@tasker/store';
import type { Logger } from '@tasker/worker-sdk';
import type { TaskId } from '@tasker/workflow';
import type { HeldStep } from './held-step';

/** What a lease keeper needs. */
export interface LeaseKeeperOptions {
  readonly store: Pick<WorkerStore, 'renewLeases'>;
  readonly workerId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Length of a lease in milliseconds. */
  readonly leaseMs: number;
  /** The steps that the worker holds now. */
  heldSteps(): Iterable<HeldStep>;
  /** Called for each step whose lease is lost, whatever its phase; `why` says how. */
  onLost(held: HeldStep, why: string): void;
}

/**
 * Renews the leases of all held steps, a third of the lease after the last time, in one call for all that are due.
 * Looks twice as often, so a renewal that fails is tried again at once half a period later. Steps whose lease ran out on
 * our own clock are lost without asking: the database may be out of reach just for us.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #cancelTimer: (() => void) | null = null;
  #renewing: Promise<void> | null = null;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancelTimer = this.#options.clock.setTimer(this.#options.leaseMs / 6, () => {
      this.#loseExpired();
      this.#renewing ??= this.#renewDue().finally(() => {
        this.#renewing = null;
      });
      this.start();
    });
  }

  async stop(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    await this.#renewing;
  }

  #loseExpired(): void {
    const { clock, leaseMs, heldSteps, onLost } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const held of [...heldSteps()]) {
      const isAtWork = held.phase === 'running' || held.phase === 'waiting';
      if (isAtWork && nowMs - held.leasedAtMs >= leaseMs) onLost(held, 'it could not be renewed in time');
    }
  }

  /** Asks at once about the held steps of a task: somebody said that their leases may be gone. */
  async checkTask(taskUuid: TaskId): Promise<void> {
    await this.#renew([...this.#options.heldSteps()].filter((held) => held.step.taskUuid === taskUuid));
  }

  async #renewDue(): Promise<void> {
    const { clock, leaseMs, heldSteps } = this.#options;
    const nowMs = clock.monotonicMs();
    await this.#renew([...heldSteps()].filter((held) => nowMs - held.leasedAtMs >= leaseMs / 3));
  }

  async #renew(steps: readonly HeldStep[]): Promise<void> {
    const { store, workerId, clock, leaseMs, logger, onLost } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const due = steps.filter((held) => held.ending !== 'lost');
    if (due.length === 0) return;
    const names = due.map(({ step }) => ({ stepUuid: step.stepUuid, attempt: step.attempt }));
    const lost = await store.renewLeases(workerId, names, leaseMs).catch((error: unknown) => {
      logger.warn('renewing leases failed and is tried again', { count: due.length, error: String(error) });
      return null;
    });
    if (lost === null) return;
    const lostIds = new Set<string>(lost);
    for (const held of due) {
      if (!lostIds.has(held.step.stepUuid)) held.leasedAtMs = sentAtMs;
      else onLost(held, 'its task was cancelled, or another worker has it');
    }
  }
}
