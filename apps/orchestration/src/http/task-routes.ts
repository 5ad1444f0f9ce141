import type { RequestLocals } from '@tasker/service-host';
import { type Request, type Response, Router } from 'express';
import type { RequestOrigin, TaskOperations } from '../api/task-operations';

function textOf(value: unknown, maxLength: number): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : null;
}

function originOf(request: Request, response: Response): RequestOrigin {
  const { traceparent } = response.locals as RequestLocals;
  return { traceparent, correlationHeader: request.get('x-correlation-id') };
}

/** Gives the routes below `/v1/tasks`. */
export function createTaskRoutes(tasks: TaskOperations): Router {
  async function create(request: Request, response: Response): Promise<void> {
    response.status(201).json(await tasks.create(request.body, originOf(request, response)));
  }

  async function createBatch(request: Request, response: Response): Promise<void> {
    const answer = await tasks.createBatch(request.body, originOf(request, response));
    response.status(answer.created === answer.tasks.length ? 201 : 207).json(answer);
  }

  async function cancel(request: Request, response: Response): Promise<void> {
    const { reason, cancelled_by } = request.query;
    const signature = { actor: textOf(cancelled_by, 255) ?? 'api', reason: textOf(reason, 1_000) };
    response.json(await tasks.cancel(request.params.taskUuid, signature));
  }

  const path = '/v1/tasks/:taskUuid';
  return Router()
    .post('/v1/tasks', create)
    .post('/v1/tasks/batch', createBatch)
    .get('/v1/tasks', async (request, response) => {
      response.json(await tasks.list(request.query));
    })
    .get(path, async (request, response) => {
      response.json(await tasks.get(request.params.taskUuid));
    })
    .get(`${path}/summary`, async (request, response) => {
      response.json(await tasks.summary(request.params.taskUuid));
    })
    .delete(path, cancel);
}
