import { Router } from 'express';
import type { TemplateOperations } from '../api/template-operations';

/** Gives the routes below `/v1/templates`. */
export function createTemplateRoutes(templates: TemplateOperations): Router {
  return Router()
    .post('/v1/templates', async (request, response) => {
      const answer = await templates.register(request.body);
      response.status(answer.status === 'registered' ? 201 : 200).json(answer);
    })
    .get('/v1/templates', async (request, response) => {
      const { namespace } = request.query;
      response.json(await templates.list(typeof namespace === 'string' ? namespace : null));
    })
    .get('/v1/templates/:namespace/:name/:version', async (request, response) => {
      const { namespace, name, version } = request.params;
      response.json(await templates.get(namespace, name, version));
    });
}
