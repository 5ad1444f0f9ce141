import { Router } from 'express';
import type { WorkerTemplateOperations } from '../api/template-operations';

/** Gives the routes below a worker's `/v1/templates`. */
export function createTemplateRoutes(templates: WorkerTemplateOperations): Router {
  return Router()
    .get('/v1/templates', async (request, response) => {
      const { namespace, include_cache_stats } = request.query;
      const withCacheStats = include_cache_stats === 'true';
      response.json(await templates.list(typeof namespace === 'string' ? namespace : null, { withCacheStats }));
    })
    .get('/v1/templates/:namespace/:name/:version', async (request, response) => {
      const { namespace, name, version } = request.params;
      response.json(await templates.get(namespace, name, version));
    });
}
