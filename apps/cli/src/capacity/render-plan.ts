import { renderTable } from '../view/render-table';
import type { Plan } from './find-warnings';

const HEADINGS = ['process', 'mode', '>replicas', '>pool', '>listeners', '>connections'];
const rounded = (value: number) => String(Math.round(value * 100) / 100);

function renderLoad({ measured, needed, orchestrationRate }: Plan): readonly string[] {
  const lines: string[] = [];
  if (measured !== null) {
    lines.push(
      `measured: ${rounded(measured.tasksPerSecond)} tasks/s, ${measured.connectionsInUse} connections in use`,
    );
  }
  if (needed !== null) {
    lines.push(`load: ${rounded(needed.stepsPerSecond)} steps/s, ${rounded(needed.busyHandlers)} handlers at once`);
    const { stepsPerSecond, source } = orchestrationRate;
    lines.push(`one orchestration: ${rounded(stepsPerSecond)} steps/s (${source})`);
    lines.push(`replicas for it: ${needed.orchestration} of orchestration, ${needed.workers} of workers`);
  }
  return lines.length === 0 ? [] : ['', ...lines];
}

/** Gives a plan as lines for people. */
export function renderPlan(plan: Plan): readonly string[] {
  const { groups, total, duringUpdate, recommendedMaxConnections, broker } = plan.connections;
  const rows = groups.map(({ name, mode, replicas, pool, listeners, total: connections }) => [
    name,
    mode,
    ...[replicas, pool, listeners, connections].map(String),
  ]);
  return [
    ...renderTable(HEADINGS, rows),
    '',
    `connections: ${total}, and ${duringUpdate} while an update runs`,
    `recommended max_connections: ${recommendedMaxConnections}`,
    ...(broker === null
      ? []
      : [`connections to RabbitMQ: ${broker.total}, and ${broker.duringUpdate} while an update runs`]),
    ...(plan.maxConnections === null ? [] : [`max_connections: ${plan.maxConnections}`]),
    ...renderLoad(plan),
  ];
}
