import { raceAbort } from '@tasker/lifecycle';

/** What a process says about its own health. */
export interface HealthSource {
  /** The body of `/health`. Status 503 when its `status` is `unhealthy`, else 200. */
  summary(): Promise<HealthReport>;
  /** The body of `/health/detailed`. @default the summary */
  detailed?(): Promise<HealthReport>;
  /** Whether requests should be sent here, for `/health/ready`. */
  isReady(): Promise<boolean>;
}

/** `degraded` still serves; `unhealthy` wants to be restarted. */
export interface HealthReport {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly [field: string]: unknown;
}

/** What a check of one thing found. */
export interface HealthFinding {
  readonly status: HealthReport['status'] | 'unknown';
  readonly message?: string;
  /** What the check took, in milliseconds; 0 for one that is answered from memory. */
  readonly durationMs: number;
  readonly checkedAt?: Date;
}

/** A connection pool as it is now. */
export interface PoolFacts {
  readonly activeConnections: number;
  readonly idleConnections: number;
  readonly maxConnections: number;
}

/** What a process knows about itself beyond its checks. */
export interface HealthFacts {
  readonly version: string;
  readonly environment: string;
  /** Such as `normal`, or `shutting_down`. */
  readonly operationalState: string;
  /** The worst of the circuit breakers: `closed`, `half_open` or `open`. */
  readonly circuitBreakerState: string;
  /** By what the pool is for. */
  readonly pools: Readonly<Record<'tasker' | 'pgmq', PoolFacts>>;
}

/** A health source that also gives its single checks, for the gRPC health services. */
export interface CheckedHealthSource extends HealthSource {
  /** By name, as in the contract: `web_database`, `queue_depth` and so on. One that is missing was not made. */
  checks(): Promise<Readonly<Record<string, HealthFinding>>>;
  facts(): HealthFacts;
}

const CHECK_TIMEOUT_MS = 5_000;

/** Asks for a report; one that fails or takes five seconds is `unhealthy`. */
export async function askReport(check: () => Promise<HealthReport>): Promise<HealthReport> {
  return raceAbort(check(), AbortSignal.timeout(CHECK_TIMEOUT_MS)).catch(() => ({ status: 'unhealthy' }));
}

/** Asks whether the process is ready; a check that fails or takes five seconds says no. */
export async function askReady(health: Pick<HealthSource, 'isReady'>): Promise<boolean> {
  return raceAbort(health.isReady(), AbortSignal.timeout(CHECK_TIMEOUT_MS)).catch(() => false);
}
