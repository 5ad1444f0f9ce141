import { parseStepActionRequest, type StepActionRequest } from '@tasker/protocol';
import { HttpError } from '@tasker/service-host';
import type { OperatorStore, SettledTask, Signature, StepAction, StepRow, TaskReader } from '@tasker/store';
import { validateContext } from '@tasker/workflow';
import { type Request, type Response, Router } from 'express';
import { toStepAudit } from './audit-view';
import { badRequest, notFound, requireParsed, requireStepId, requireTaskId } from './request-errors';
import { toStepResponse } from './task-view';

/** What the step routes work with. */
export interface StepRoutesDeps {
  readonly reader: TaskReader;
  readonly operator: OperatorStore;
  /** Told of tasks that an operator's action leaves at rest. */
  readonly onSettled: (task: SettledTask) => void;
}

function toAction(request: StepActionRequest): { action: StepAction; signature: Signature } {
  const { reason } = request;
  switch (request.action_type) {
    case 'reset_for_retry':
      return { action: { kind: 'reset_for_retry' }, signature: { actor: request.reset_by, reason } };
    case 'resolve_manually':
      return { action: { kind: 'resolve_manually' }, signature: { actor: request.resolved_by, reason } };
    case 'complete_manually': {
      const checked = validateContext({ result: request.completion_data.result });
      if (!checked.ok) throw badRequest([{ path: `completion_data.${checked.path}`, message: checked.message }]);
      return {
        action: { kind: 'complete_manually', result: request.completion_data.result },
        signature: { actor: request.completed_by, reason },
      };
    }
  }
}

/** Gives the routes below `/v1/tasks/{uuid}/workflow_steps`. */
export function createStepRoutes({ reader, operator, onSettled }: StepRoutesDeps): Router {
  async function requireStep(request: Request): Promise<StepRow> {
    const taskUuid = requireTaskId(request.params.taskUuid);
    const stepUuid = requireStepId(request.params.stepUuid);
    const step = await reader.findStep(taskUuid, stepUuid);
    if (step === null) throw notFound(`step ${stepUuid} of task ${taskUuid}`);
    return step;
  }

  async function list(request: Request, response: Response): Promise<void> {
    const taskUuid = requireTaskId(request.params.taskUuid);
    const steps = await reader.listSteps(taskUuid);
    if (steps.length === 0 && (await reader.findTask(taskUuid)) === null) throw notFound(`task ${taskUuid}`);
    response.json(steps.map(toStepResponse));
  }

  async function show(request: Request, response: Response): Promise<void> {
    response.json(toStepResponse(await requireStep(request)));
  }

  async function resolve(request: Request, response: Response): Promise<void> {
    const { action, signature } = toAction(requireParsed(parseStepActionRequest(request.body)));
    const step = await requireStep(request);
    const outcome = await operator.resolveStep(step.step_uuid, action, signature);
    if (outcome.kind === 'not_found') throw notFound(`step ${step.step_uuid}`);
    if (outcome.kind === 'refused') {
      const { state, taskState } = outcome;
      const message = `step ${step.step_uuid} is ${state} and its task ${taskState}: ${action.kind} is not possible`;
      throw new HttpError(409, 'CONFLICT', message, { current_state: state, task_status: taskState });
    }
    outcome.settled.forEach(onSettled);
    await show(request, response);
  }

  async function audit(request: Request, response: Response): Promise<void> {
    const step = await requireStep(request);
    const transitions = await reader.listStepTransitions(step.step_uuid);
    response.json(transitions.map((row) => toStepAudit(row, step.name)).reverse());
  }

  const path = '/v1/tasks/:taskUuid/workflow_steps';
  return Router()
    .get(path, list)
    .get(`${path}/:stepUuid`, show)
    .patch(`${path}/:stepUuid`, resolve)
    .get(`${path}/:stepUuid/audit`, audit);
}
