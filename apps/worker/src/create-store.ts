import type { CircuitBreaker } from '@tasker/circuit-breaker';
import { createWorkerStore, guardDatabase, type WorkerStore } from '@tasker/store';
import type { Pool } from 'pg';

/**
 * Gives the worker's store behind the database's breaker. Leases are renewed past it: it may be open for longer than a lease
 * lasts, while the database is back, and every step that runs would be run again.
 */
export function createStore(pool: Pool, breaker: Pick<CircuitBreaker, 'execute'>): WorkerStore {
  return { ...createWorkerStore(guardDatabase(pool, breaker)), renewLeases: createWorkerStore(pool).renewLeases };
}
