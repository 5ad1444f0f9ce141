import type { DeploymentMode, Settings } from '@tasker/settings';

/** Processes of one kind that run with the same configuration. */
export interface ProcessGroup {
  readonly name: 'orchestration' | 'orchestration (polling)' | 'worker';
  readonly replicas: number;
  readonly mode: DeploymentMode;
}

/** Connections that a group opens at the most. */
export interface GroupConnections extends ProcessGroup {
  readonly pool: number;
  /** Connections that listen: one, none in PollingOnly. EventDrivenOnly opens another one per 50 channels. */
  readonly listeners: number;
  readonly total: number;
}

/** Connections of a whole deployment. */
export interface ConnectionCount {
  readonly groups: readonly GroupConnections[];
  readonly total: number;
  /** With one more process of each group, as while a rolling update runs. */
  readonly duringUpdate: number;
  /** What PostgreSQL should have as `max_connections`: a quarter more than the total, at least what an update needs, rounded up to 50. */
  readonly recommendedMaxConnections: number;
  /** Connections to RabbitMQ; null where messages are in the database. */
  readonly broker: { readonly total: number; readonly duringUpdate: number } | null;
}

/** For superusers, migrations and people. */
const KEPT_FREE = 10;
const HEADROOM = 1.25;
const ROUND_TO = 50;
/** One publishes, one consumes. */
const BROKER_CONNECTIONS_PER_PROCESS = 2;

function countGroup(group: ProcessGroup, settings: Settings): GroupConnections {
  const isWorker = group.name === 'worker';
  const pool = isWorker ? settings.worker.database.max_connections : settings.database.max_connections;
  const listeners = group.mode === 'PollingOnly' ? 0 : 1;
  return { ...group, pool, listeners, total: group.replicas * (pool + listeners) };
}

function countBroker(groups: readonly ProcessGroup[], { messaging }: Settings): ConnectionCount['broker'] {
  if (messaging.backend !== 'rabbitmq') return null;
  const total = BROKER_CONNECTIONS_PER_PROCESS * groups.reduce((sum, { replicas }) => sum + replicas, 0);
  return { total, duringUpdate: total + BROKER_CONNECTIONS_PER_PROCESS * groups.length };
}

/** Counts the connections that groups of processes open at the most. */
export function countConnections(groups: readonly ProcessGroup[], settings: Settings): ConnectionCount {
  const counted = groups.filter(({ replicas }) => replicas > 0).map((group) => countGroup(group, settings));
  const total = counted.reduce((sum, group) => sum + group.total, 0);
  const duringUpdate = counted.reduce((sum, { pool, listeners }) => sum + pool + listeners, total);
  const wanted = Math.max(total * HEADROOM, duringUpdate + KEPT_FREE);
  return {
    groups: counted,
    total,
    duringUpdate,
    recommendedMaxConnections: Math.ceil(wanted / ROUND_TO) * ROUND_TO,
    broker: countBroker(counted, settings),
  };
}
