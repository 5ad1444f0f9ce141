import type { HealthFinding, PoolFacts } from '../health-source';

/** A check as both health services put it on the wire. */
export interface WireHealthCheck {
  readonly status: string;
  readonly message?: string | undefined;
  readonly duration_ms: number;
}

/** A pool as both health services put it on the wire. Acquisitions are not kept, so their counts are 0. */
export interface WirePoolDetail {
  readonly active_connections: number;
  readonly idle_connections: number;
  readonly max_connections: number;
  readonly utilization_percent: number;
  readonly total_acquires: 0;
  readonly slow_acquires: 0;
  readonly acquire_errors: 0;
  readonly average_acquire_time_ms: 0;
  readonly max_acquire_time_ms: 0;
}

/** Puts a check on the wire; one that was not made is `unknown`. */
export function toWireHealthCheck(check: HealthFinding | undefined): WireHealthCheck {
  if (check === undefined) return { status: 'unknown', duration_ms: 0 };
  return { status: check.status, message: check.message, duration_ms: Math.round(check.durationMs) };
}

/** Puts a pool on the wire. */
export function toWirePoolDetail({ activeConnections, idleConnections, maxConnections }: PoolFacts): WirePoolDetail {
  return {
    active_connections: activeConnections,
    idle_connections: idleConnections,
    max_connections: maxConnections,
    utilization_percent: maxConnections === 0 ? 0 : (activeConnections / maxConnections) * 100,
    total_acquires: 0,
    slow_acquires: 0,
    acquire_errors: 0,
    average_acquire_time_ms: 0,
    max_acquire_time_ms: 0,
  };
}
