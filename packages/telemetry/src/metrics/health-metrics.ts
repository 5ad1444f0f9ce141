import type { MetricDefinition } from '../metric-definition';

/** Whether a process and what it needs are well. */
export const healthMetrics = {
  tasker_health_status: {
    kind: 'gauge',
    help: '1 while a component is healthy by its checks, else 0. Moves after as many failed or good checks in a row as are configured.',
    labels: ['component'],
  },
  tasker_circuit_breaker_state: {
    kind: 'gauge',
    help: '1 for the state that a circuit breaker is in, 0 for the others: closed, open or half_open.',
    labels: ['name', 'state'],
  },
  tasker_circuit_breaker_transitions_total: {
    kind: 'counter',
    help: 'Changes of state of a circuit breaker, by the new state.',
    labels: ['name', 'to'],
  },
} as const satisfies Record<string, MetricDefinition>;
