import { setTimeout as delay } from 'node:timers/promises';
import type { StepContext } from '@tasker/worker-sdk';

/**
 * Stands for the call of another service: takes the step's configured `latency_ms` (default 0), and gives up at once when
 * the attempt is over (time-out, cancellation, shutdown).
 */
export async function callService(context: StepContext): Promise<void> {
  await delay(context.getConfig<number>('latency_ms') ?? 0, undefined, { signal: context.signal });
}
