import { raceAbort } from '@tasker/lifecycle';
import type { QueueStats } from '@tasker/messaging';
import type { TaskReader } from '@tasker/store';
import { createLabelBounds, type Metrics } from '@tasker/telemetry';

/** Counting reads tables or their indexes, so scrapes share one reading for this long. */
const READING_TTL_MS = 15_000;
/** A scrape must show the other metrics while the database does not answer. */
const READING_TIMEOUT_MS = 1_000;

/** Has `read` feed gauges at a scrape, every 15 seconds at most. What cannot be read in time keeps its last values. */
function readAtScrape(metrics: Metrics, read: () => Promise<void>): void {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  metrics.onScrape(async () => {
    const nowMs = performance.now();
    if (reading !== null || nowMs - readAtMs < READING_TTL_MS) return;
    readAtMs = nowMs;
    reading = read()
      .catch(() => {})
      .finally(() => {
        reading = null;
      });
    await raceAbort(reading, AbortSignal.timeout(READING_TIMEOUT_MS)).catch(() => {});
  });
}

/** Feeds the gauge of open tasks: each orchestration process shows its share, so that the sum over all is their number. */
export function observeOpenTasks(
  metrics: Metrics,
  reader: Pick<TaskReader, 'countOpenTasks' | 'countOrchestrators'>,
): void {
  readAtScrape(metrics, async () => {
    const [counts, orchestrators] = await Promise.all([reader.countOpenTasks(), reader.countOrchestrators()]);
    const open = counts.reduce((sum, { tasks }) => sum + tasks, 0);
    metrics.set('tasker_tasks_active', {}, open / Math.max(1, orchestrators));
  });
}

/** Feeds the gauges of all queues. Beyond 200 of them, `other` has the sum of the depths and the highest age. */
export function observeQueues(metrics: Metrics, readAll: () => Promise<readonly QueueStats[]>): void {
  const bound = createLabelBounds();
  readAtScrape(metrics, async () => {
    const shown = new Map<string, { depth: number; ageMs: number }>();
    for (const { queue, visibleCount, invisibleCount, oldestAgeMs } of await readAll()) {
      const label = bound('queue', queue);
      const { depth, ageMs } = shown.get(label) ?? { depth: 0, ageMs: 0 };
      shown.set(label, { depth: depth + visibleCount + invisibleCount, ageMs: Math.max(ageMs, oldestAgeMs ?? 0) });
    }
    metrics.reset('tasker_queue_depth');
    metrics.reset('tasker_queue_oldest_age_seconds');
    for (const [queue, { depth, ageMs }] of shown) {
      metrics.set('tasker_queue_depth', { queue }, depth);
      metrics.set('tasker_queue_oldest_age_seconds', { queue }, ageMs / 1_000);
    }
  });
}
