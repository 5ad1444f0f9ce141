import { type Response, Router } from 'express';
import { askReady, askReport, type HealthReport, type HealthSource } from './health-source';

async function sendReport(response: Response, check: () => Promise<HealthReport>): Promise<void> {
  const body = await askReport(check);
  response.status(body.status === 'unhealthy' ? 503 : 200).json(body);
}

/** The routes that probes ask. A check that throws or takes five seconds counts as failed. */
export function createHealthRoutes(health: HealthSource, isStopping: () => boolean): Router {
  return Router()
    .get('/health', (_request, response) => sendReport(response, () => health.summary()))
    .get('/health/detailed', (_request, response) =>
      sendReport(response, () => health.detailed?.() ?? health.summary()),
    )
    .get('/health/live', (_request, response) => {
      response.json({ status: 'alive' });
    })
    .get('/health/ready', async (_request, response) => {
      const ready = !isStopping() && (await askReady(health));
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not_ready' });
    });
}
