import type { HandlerRegistry } from '@tasker/worker-sdk';
import { Router } from 'express';

/** Gives `GET /v1/handlers`: names and versions of what this worker can run. */
export function createHandlerRoutes(registry: HandlerRegistry): Router {
  return Router().get('/v1/handlers', (_request, response) => {
    response.json({ handlers: registry.list() });
  });
}
