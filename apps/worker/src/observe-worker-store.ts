import type { WorkerStore } from '@tasker/store';
import type { Metrics } from '@tasker/telemetry';

/** Gives the store with its reports and renewals counted. Claims are counted where their cause is known. */
export function observeWorkerStore<Store extends Pick<WorkerStore, 'reportSteps' | 'renewLeases'>>(
  metrics: Metrics,
  store: Store,
): Store {
  return {
    ...store,

    async reportSteps(...[workerId, reports]: Parameters<WorkerStore['reportSteps']>) {
      const startedMs = performance.now();
      metrics.observe('tasker_report_batch_size', {}, reports.length);
      try {
        const refused = await store.reportSteps(workerId, reports);
        if (refused.length > 0) metrics.increment('tasker_reports_refused_total', {}, refused.length);
        return refused;
      } finally {
        metrics.observe('tasker_report_duration_seconds', {}, (performance.now() - startedMs) / 1_000);
      }
    },

    async renewLeases(...[workerId, steps, leaseMs]: Parameters<WorkerStore['renewLeases']>) {
      const lost = await store.renewLeases(workerId, steps, leaseMs);
      const renewed = steps.length - lost.length;
      if (renewed > 0) metrics.increment('tasker_leases_renewed_total', {}, renewed);
      return lost;
    },
  };
}
