import type { ProcessKind } from '@tasker/telemetry';

const BY_ENGINE = 'the engine does not tell of it yet';
const BY_POOLS = 'there are no executor pools yet';
const WITHOUT_GRPC = 'the processes are started without gRPC';

/** Metrics that no test moves, each with its reason. */
export const UNMOVED_METRICS: Readonly<Record<ProcessKind, Readonly<Record<string, string>>>> = {
  orchestration: {
    tasker_event_processing_duration_seconds: BY_ENGINE,
    tasker_mode_switches_total: BY_ENGINE,
    tasker_polling_cycles_total: BY_ENGINE,
    tasker_polling_duration_seconds: BY_ENGINE,
    tasker_polling_errors_total: BY_ENGINE,
    tasker_polling_messages_found_total: BY_ENGINE,
    tasker_polling_messages_processed_total: BY_ENGINE,
    tasker_executor_pool_active: BY_POOLS,
    tasker_executor_pool_max: BY_POOLS,
    tasker_executor_pool_queue_depth: BY_POOLS,
    tasker_grpc_request_duration_seconds: WITHOUT_GRPC,
    tasker_grpc_requests_total: WITHOUT_GRPC,
  },
  worker: {
    tasker_grpc_request_duration_seconds: WITHOUT_GRPC,
    tasker_grpc_requests_total: WITHOUT_GRPC,
  },
};
