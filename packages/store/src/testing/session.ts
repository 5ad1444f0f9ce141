import type { Pool, PoolClient } from 'pg';
import type { Database } from '../database';
import { createMaintenanceStore, type MaintenanceStore } from '../maintenance-store';
import { createOperatorStore, type OperatorStore } from '../operator-store';
import { createOrchestrationStore, type OrchestrationStore } from '../orchestration-store';
import { createOutboxStore, type OutboxStore } from '../outbox-store';
import { createTemplateStore, type TemplateStore } from '../template-store';
import { createWorkerStore, type WorkerStore } from '../worker-store';

/** The stores that act. */
export interface Stores {
  readonly orchestration: OrchestrationStore;
  readonly worker: WorkerStore;
  readonly maintenance: MaintenanceStore;
  readonly operator: OperatorStore;
  readonly templates: TemplateStore;
  readonly outbox: OutboxStore;
}

/** Gives the stores over a pool or one client; `actor` signs what orchestration does. */
export function createStores(database: Database, actor: string): Stores {
  return {
    orchestration: createOrchestrationStore(database, actor),
    worker: createWorkerStore(database),
    maintenance: createMaintenanceStore(database, actor),
    operator: createOperatorStore(database),
    templates: createTemplateStore(database),
    outbox: createOutboxStore(database),
  };
}

/** The stores over one connection of its own, and the transaction that it is in. */
export interface Session extends Stores {
  readonly client: PoolClient;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Resolves when this connection waits for a lock that another one holds. */
  untilBlocked(): Promise<void>;
}

/** Opens a session on a connection of the pool; the caller releases `client`. */
export async function openSession(pool: Pool): Promise<Session> {
  const client = await pool.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const waits = async () => {
    const found = await pool.query('select cardinality(pg_blocking_pids($1)) > 0 as blocked', [rows[0].pid]);
    return found.rows[0].blocked as boolean;
  };
  return {
    client,
    ...createStores(client, 'other-orchestrator'),
    async begin() {
      await client.query('begin');
    },
    async commit() {
      await client.query('commit');
    },
    async rollback() {
      await client.query('rollback');
    },
    async untilBlocked() {
      while (!(await waits()));
    },
  };
}
