import { Router } from 'express';
import type { StepOperations } from '../api/step-operations';

/** Gives the routes below `/v1/tasks/{uuid}/workflow_steps`. */
export function createStepRoutes(steps: StepOperations): Router {
  const path = '/v1/tasks/:taskUuid/workflow_steps';
  const stepPath = `${path}/:stepUuid` as const;
  return Router()
    .get(path, async (request, response) => {
      response.json(await steps.list(request.params.taskUuid));
    })
    .get(stepPath, async (request, response) => {
      response.json(await steps.get(request.params));
    })
    .patch(stepPath, async (request, response) => {
      response.json(await steps.resolve(request.params, request.body));
    })
    .get(`${stepPath}/audit`, async (request, response) => {
      response.json(await steps.audit(request.params));
    });
}
