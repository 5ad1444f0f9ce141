import { BATCH_SIZES, type MetricDefinition, REQUEST_SECONDS, WORK_SECONDS } from '../metric-definition';

/** What becomes of steps: attempts in workers, results and recovery in orchestration. */
export const stepMetrics = {
  tasker_step_executions_total: {
    kind: 'counter',
    help: 'Attempts that ended in this worker, by outcome: success or failure. Time-outs count as failures; attempts whose lease was lost or that were handed back do not count.',
    labels: ['namespace', 'outcome'],
    process: 'worker',
  },
  tasker_step_errors_total: {
    kind: 'counter',
    help: 'Attempts that failed in this worker, whether they are tried again or not.',
    labels: ['namespace'],
    process: 'worker',
  },
  tasker_step_execution_duration_seconds: {
    kind: 'histogram',
    help: 'How long a handler ran, from its start to its outcome, failures included.',
    labels: ['namespace', 'handler'],
    buckets: WORK_SECONDS,
    process: 'worker',
  },
  tasker_step_discovery_duration_seconds: {
    kind: 'histogram',
    help: 'From the notification or the poll that told of a queue until steps of it were claimed, the wait for a free slot included.',
    labels: [],
    buckets: REQUEST_SECONDS,
    process: 'worker',
  },
  tasker_step_retries_total: {
    kind: 'counter',
    help: 'Failed attempts and ended leases that are followed by another attempt: moves when that is decided.',
    labels: ['namespace'],
    process: 'orchestration',
  },
  tasker_results_processed_total: {
    kind: 'counter',
    help: 'Step results that orchestration took, by what became of them: completed, failed, or dead_lettered when they could not be applied.',
    labels: ['outcome'],
    process: 'orchestration',
  },
  tasker_advance_duration_seconds: {
    kind: 'histogram',
    help: 'How long one transaction took that applies a batch of step results and moves their tasks on; looks that found none included.',
    labels: [],
    buckets: REQUEST_SECONDS,
    process: 'orchestration',
  },
  tasker_advance_batch_size: {
    kind: 'histogram',
    help: 'Step results that went together in one such transaction; looks that found none not counted.',
    labels: [],
    buckets: BATCH_SIZES,
    process: 'orchestration',
  },
  tasker_recovery_actions_total: {
    kind: 'counter',
    help: 'What recovery did, by kind: retry_enqueued, a due retry; lease_recovered, a lease that ended or a decision that was missing; task_admitted, a held task let in; queue_woken, messages lay unclaimed; message_resent, a broker lost it; task_repaired, a task was not as its steps say.',
    labels: ['kind'],
    process: 'orchestration',
  },
} as const satisfies Record<string, MetricDefinition>;
