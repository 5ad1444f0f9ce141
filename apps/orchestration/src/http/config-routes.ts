import { Router } from 'express';
import type { ConfigOperations } from '../api/config-operations';

/** Gives `GET /config`. */
export function createConfigRoutes(config: ConfigOperations): Router {
  return Router().get('/config', (_request, response) => {
    response.json(config.get());
  });
}
