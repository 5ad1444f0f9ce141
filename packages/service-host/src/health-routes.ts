import { raceAbort } from '@tasker/lifecycle';
import { type Response, Router } from 'express';

/** What a process says about its own health. */
export interface HealthSource {
  /** The body of `/health`. Status 503 when its `status` is `unhealthy`, else 200. */
  summary(): Promise<HealthReport>;
  /** The body of `/health/detailed`. @default the summary */
  detailed?(): Promise<HealthReport>;
  /** Whether requests should be sent here, for `/health/ready`. */
  isReady(): Promise<boolean>;
}

/** `degraded` still serves; `unhealthy` wants to be restarted. */
export interface HealthReport {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly [field: string]: unknown;
}

const CHECK_TIMEOUT_MS = 5_000;

async function sendReport(response: Response, check: () => Promise<HealthReport>): Promise<void> {
  const body: HealthReport = await raceAbort(check(), AbortSignal.timeout(CHECK_TIMEOUT_MS)).catch(() => ({
    status: 'unhealthy',
  }));
  response.status(body.status === 'unhealthy' ? 503 : 200).json(body);
}

/** The routes that probes ask. A check that throws or takes five seconds counts as failed. */
export function createHealthRoutes(health: HealthSource, isStopping: () => boolean): Router {
  async function isReady(): Promise<boolean> {
    if (isStopping()) return false;
    return raceAbort(health.isReady(), AbortSignal.timeout(CHECK_TIMEOUT_MS)).catch(() => false);
  }
  return Router()
    .get('/health', (_request, response) => sendReport(response, () => health.summary()))
    .get('/health/detailed', (_request, response) =>
      sendReport(response, () => health.detailed?.() ?? health.summary()),
    )
    .get('/health/live', (_request, response) => {
      response.json({ status: 'alive' });
    })
    .get('/health/ready', async (_request, response) => {
      const ready = await isReady();
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready' });
    });
}
