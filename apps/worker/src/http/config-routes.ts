import { Router } from 'express';
import type { WorkerConfigOperations } from '../api/config-operations';

/** Gives a worker's `GET /config`. */
export function createConfigRoutes(config: WorkerConfigOperations): Router {
  return Router().get('/config', (_request, response) => {
    response.json(config.get());
  });
}
