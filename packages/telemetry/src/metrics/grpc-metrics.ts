import { type MetricDefinition, REQUEST_SECONDS } from '../metric-definition';

/** The gRPC servers. */
export const grpcMetrics = {
  tasker_grpc_requests_total: {
    kind: 'counter',
    help: 'Calls of gRPC methods answered, by the name of their status.',
    labels: ['service', 'method', 'code'],
  },
  tasker_grpc_request_duration_seconds: {
    kind: 'histogram',
    help: 'How long gRPC calls took; for streams, until their end.',
    labels: ['service', 'method'],
    buckets: REQUEST_SECONDS,
  },
} as const satisfies Record<string, MetricDefinition>;
