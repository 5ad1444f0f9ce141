import { type Clock, createService, raceAbort, type Service, systemClock } from '@tasker/lifecycle';

/** Something that a process needs, and how to ask whether it works. */
export interface HealthCheck {
  /** Names the component, such as `database`. */
  readonly name: string;
  /** Resolves when the component works and rejects when it does not. */
  check(): Promise<unknown>;
}

/** A component as its checks have found it. */
export interface ComponentHealth {
  readonly name: string;
  readonly isHealthy: boolean;
  /** What the last check found wrong; null when nothing. */
  readonly problem: string | null;
}

/** How to make a health monitor. */
export interface HealthMonitorOptions {
  readonly checks: readonly HealthCheck[];
  /** Pause between two checks of a component, in milliseconds, 100 … 3_600_000. @default 30_000 */
  readonly intervalMs?: number;
  /** Failed checks in a row that make a component unhealthy, 1 or more. @default 3 */
  readonly unhealthyThreshold?: number;
  /** Good checks in a row that make it healthy again, 1 or more. @default 2 */
  readonly recoveryThreshold?: number;
  /** How long one check may take, in milliseconds; longer is a failure. @default 5_000 */
  readonly checkTimeoutMs?: number;
  /** Told when a component turns. */
  readonly onChange?: (component: ComponentHealth) => void;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/** Watches components, and answers from memory. */
export interface HealthMonitor extends Service {
  /** Whether all components are healthy. */
  readonly isHealthy: boolean;
  /** @throws {Error} when there is no check of that name. */
  component(name: string): ComponentHealth;
  /** All components, in the order of their checks. */
  components(): readonly ComponentHealth[];
}

type Settled = Required<Omit<HealthMonitorOptions, 'checks'>>;

const DEFAULTS: Settled = {
  intervalMs: 30_000,
  unhealthyThreshold: 3,
  recoveryThreshold: 2,
  checkTimeoutMs: 5_000,
  onChange: () => {},
  clock: systemClock,
};

/**
 * Gives a monitor that checks every component at start, whose word it takes at once, and then in intervals: a component turns
 * only after as many equal findings in a row as the thresholds say. `start` resolves after the first checks, good or bad.
 */
export function createHealthMonitor({ checks, ...options }: HealthMonitorOptions): HealthMonitor {
  const settled = { ...DEFAULTS, ...options };
  const watches = checks.map((check) => new ComponentWatch(check, settled));
  const byName = new Map(watches.map((watch) => [watch.health.name, watch]));
  const service = createService({
    name: 'health monitor',
    async start() {
      await Promise.all(watches.map((watch) => watch.start()));
    },
    async stop() {
      for (const watch of watches) watch.stop();
    },
  });
  return {
    ...service,
    get isHealthy() {
      return watches.every(({ health }) => health.isHealthy);
    },
    component(name) {
      const watch = byName.get(name);
      if (watch === undefined) throw new Error(`there is no health check '${name}'`);
      return watch.health;
    },
    components: () => watches.map(({ health }) => health),
  };
}

class ComponentWatch {
  readonly #check: HealthCheck;
  readonly #options: Settled;
  #health: ComponentHealth;
  /** Findings in a row that speak against the component's present state. */
  #contraryCount = 0;
  /** A check that has outrun its time goes on; the next round joins it instead of starting another. */
  #running: Promise<unknown> | null = null;
  #cancelTimer: (() => void) | null = null;
  #isStopped = false;

  constructor(check: HealthCheck, options: Settled) {
    this.#check = check;
    this.#options = options;
    this.#health = { name: check.name, isHealthy: false, problem: 'not checked yet' };
  }

  get health(): ComponentHealth {
    return this.#health;
  }

  async start(): Promise<void> {
    const problem = await this.#findProblem();
    this.#turn(problem === null, problem);
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  #arm(): void {
    if (this.#isStopped) return;
    this.#cancelTimer = this.#options.clock.setTimer(this.#options.intervalMs, () => {
      void this.#findProblem().then((problem) => {
        this.#note(problem);
        this.#arm();
      });
    });
  }

  async #findProblem(): Promise<string | null> {
    const { clock, checkTimeoutMs } = this.#options;
    this.#running ??= this.#check.check().finally(() => {
      this.#running = null;
    });
    const deadline = new AbortController();
    const cancel = clock.setTimer(checkTimeoutMs, () =>
      deadline.abort(new Error(`no answer within ${checkTimeoutMs} ms`)),
    );
    return raceAbort(this.#running, deadline.signal)
      .then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
      .finally(cancel);
  }

  #note(problem: string | null): void {
    if (this.#isStopped) return;
    const { unhealthyThreshold, recoveryThreshold } = this.#options;
    const isGood = problem === null;
    this.#health = { ...this.#health, problem };
    if (isGood === this.#health.isHealthy) {
      this.#contraryCount = 0;
      return;
    }
    this.#contraryCount += 1;
    if (this.#contraryCount >= (isGood ? recoveryThreshold : unhealthyThreshold)) this.#turn(isGood, problem);
  }

  #turn(isHealthy: boolean, problem: string | null): void {
    this.#contraryCount = 0;
    this.#health = { name: this.#check.name, isHealthy, problem };
    this.#options.onChange(this.#health);
  }
}
