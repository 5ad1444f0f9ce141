import type { ProcessKind } from '@tasker/telemetry';

const BY_LISTENER = 'its listener hears of all results before a poll can find one';
const BY_POOLS = 'no executor of the test has more to do than it can take at once';

/** Metrics that the test does not move for certain, each with its reason. */
export const UNMOVED_METRICS: Readonly<Record<ProcessKind, Readonly<Record<string, string>>>> = {
  orchestration: {
    tasker_executor_pool_queue_depth: BY_POOLS,
    tasker_polling_messages_found_total: BY_LISTENER,
    tasker_polling_messages_processed_total: BY_LISTENER,
  },
  worker: {},
};
