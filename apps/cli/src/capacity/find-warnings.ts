import type { MeasuredLoad } from '@tasker/store';
import type { OrchestrationRate } from './choose-rate';
import type { ConnectionCount } from './count-connections';
import type { SizedReplicas } from './size-replicas';

/** What a plan is held against. */
export interface Plan {
  readonly connections: ConnectionCount;
  /** `max_connections` of the server; null when nobody said. */
  readonly maxConnections: number | null;
  readonly measured: MeasuredLoad | null;
  readonly orchestrationRate: OrchestrationRate;
  /** What the load needs; null when none was given or measured. */
  readonly needed: SizedReplicas | null;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function replicasOf({ groups }: ConnectionCount, isWorker: boolean): number {
  return sum(groups.filter(({ name }) => (name === 'worker') === isWorker).map(({ replicas }) => replicas));
}

function findConnectionWarnings({ connections, maxConnections, measured }: Plan): readonly string[] {
  if (maxConnections === null) return [];
  const usable = maxConnections - (measured?.reservedConnections ?? 0);
  const { total, duringUpdate, recommendedMaxConnections: recommended } = connections;
  const advice = `Set max_connections to ${recommended}, make pools smaller, or put PgBouncer in front`;
  if (total > usable) return [`${total} connections do not fit ${usable}. ${advice}.`];
  if (duringUpdate > usable)
    return [`${duringUpdate} connections while an update runs do not fit ${usable}. ${advice}.`];
  return [];
}

function findReplicaWarnings({ connections, needed }: Plan): readonly string[] {
  if (needed === null) return [];
  const pairs = [
    ['orchestration', replicasOf(connections, false), needed.orchestration],
    ['workers', replicasOf(connections, true), needed.workers],
  ] as const;
  return pairs
    .filter(([, planned, wanted]) => planned < wanted)
    .map(([name, planned, wanted]) => `${planned} of ${name} are fewer than the ${wanted} that the load needs.`);
}

/** Gives what does not fit in a plan; empty when all does. */
export function findWarnings(plan: Plan): readonly string[] {
  return [...findConnectionWarnings(plan), ...findReplicaWarnings(plan)];
}
