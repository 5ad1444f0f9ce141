import { type MetricDefinition, REQUEST_SECONDS } from '../metric-definition';

/** The HTTP servers. */
export const httpMetrics = {
  tasker_http_requests_total: {
    kind: 'counter',
    help: 'HTTP requests answered, by the pattern of their path; 499 when the client went away first.',
    labels: ['method', 'route', 'status'],
  },
  tasker_http_request_duration_seconds: {
    kind: 'histogram',
    help: 'How long HTTP requests took, from their headers to the end of the answer.',
    labels: ['method', 'route'],
    buckets: REQUEST_SECONDS,
  },
} as const satisfies Record<string, MetricDefinition>;
