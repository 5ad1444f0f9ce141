import type { MetricDefinition } from './metric-definition';
import { coordinationMetrics } from './metrics/coordination-metrics';
import { grpcMetrics } from './metrics/grpc-metrics';
import { healthMetrics } from './metrics/health-metrics';
import { httpMetrics } from './metrics/http-metrics';
import { resourceMetrics } from './metrics/resource-metrics';
import { stepMetrics } from './metrics/step-metrics';
import { taskMetrics } from './metrics/task-metrics';
import { workerMetrics } from './metrics/worker-metrics';

/**
 * All metrics of the system. Counters end in `_total`, durations are histograms in seconds, and labels have few values:
 * no ids and no text of users. A metric that is here is fed.
 */
export const metricTable = {
  ...taskMetrics,
  ...stepMetrics,
  ...workerMetrics,
  ...coordinationMetrics,
  ...resourceMetrics,
  ...healthMetrics,
  ...httpMetrics,
  ...grpcMetrics,
} as const satisfies Record<string, MetricDefinition>;

/** The table's type, from which names and labels are derived. */
export type MetricTable = typeof metricTable;
