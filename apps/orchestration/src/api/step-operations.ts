import {
  parseStepActionRequest,
  type StepActionRequest,
  type StepAuditResponse,
  type StepResponse,
} from '@tasker/protocol';
import { ApiError } from '@tasker/service-host';
import type { OperatorStore, SettledTask, Signature, StepAction, StepRow, TaskReader } from '@tasker/store';
import { validateContext } from '@tasker/workflow';
import { toStepAudit } from './audit-view';
import { badRequest, notFound, requireParsed, requireStepId, requireTaskId } from './request-errors';
import { toStepResponse } from './task-view';

/** What the operations on steps work with. */
export interface StepOperationsDeps {
  readonly reader: TaskReader;
  readonly operator: OperatorStore;
  /** Told of tasks that an operator's action leaves at rest. */
  readonly onSettled: (task: SettledTask) => void;
}

/** Which step, by texts. */
export interface StepAddress {
  readonly taskUuid: unknown;
  readonly stepUuid: unknown;
}

/** What can be asked about steps, whatever the transport. Input is checked here; refusals are thrown. */
export interface StepOperations {
  /** In topological order. */
  list(taskUuid: unknown): Promise<readonly StepResponse[]>;
  get(address: StepAddress): Promise<StepResponse>;
  /** An operator's action; gives the step as it is after it. */
  resolve(address: StepAddress, request: unknown): Promise<StepResponse>;
  /** Newest first. */
  audit(address: StepAddress): Promise<readonly StepAuditResponse[]>;
}

function toAction(request: StepActionRequest): { action: StepAction; signature: Signature } {
  const { reason } = request;
  switch (request.action_type) {
    case 'reset_for_retry':
      return { action: { kind: 'reset_for_retry' }, signature: { actor: request.reset_by, reason } };
    case 'resolve_manually':
      return { action: { kind: 'resolve_manually' }, signature: { actor: request.resolved_by, reason } };
    case 'complete_manually': {
      const { result, metadata } = request.completion_data;
      const checked = validateContext({ result, ...(metadata === undefined ? {} : { metadata }) });
      if (!checked.ok) throw badRequest([{ path: `completion_data.${checked.path}`, message: checked.message }]);
      return {
        action: { kind: 'complete_manually', result, ...(metadata === undefined ? {} : { metadata }) },
        signature: { actor: request.completed_by, reason },
      };
    }
  }
}

/** Gives the operations on steps. */
export function createStepOperations({ reader, operator, onSettled }: StepOperationsDeps): StepOperations {
  async function requireStep(address: StepAddress): Promise<StepRow> {
    const taskUuid = requireTaskId(address.taskUuid);
    const stepUuid = requireStepId(address.stepUuid);
    const step = await reader.findStep(taskUuid, stepUuid);
    if (step === null) throw notFound(`step ${stepUuid} of task ${taskUuid}`);
    return step;
  }

  return {
    async list(text) {
      const taskUuid = requireTaskId(text);
      const steps = await reader.listSteps(taskUuid);
      if (steps.length === 0 && (await reader.findTask(taskUuid)) === null) throw notFound(`task ${taskUuid}`);
      return steps.map(toStepResponse);
    },

    get: async (address) => toStepResponse(await requireStep(address)),

    async resolve(address, request) {
      const { action, signature } = toAction(requireParsed(parseStepActionRequest(request)));
      const step = await requireStep(address);
      const outcome = await operator.resolveStep(step.step_uuid, action, signature);
      if (outcome.kind === 'not_found') throw notFound(`step ${step.step_uuid}`);
      if (outcome.kind === 'refused') {
        const { state, taskState } = outcome;
        const message = `step ${step.step_uuid} is ${state} and its task ${taskState}: ${action.kind} is not possible`;
        throw new ApiError('CONFLICT', message, { current_state: state, task_status: taskState });
      }
      outcome.settled.forEach(onSettled);
      return toStepResponse(await requireStep(address));
    },

    async audit(address) {
      const step = await requireStep(address);
      const transitions = await reader.listStepTransitions(step.step_uuid);
      return transitions.map((row) => toStepAudit(row, step.name)).reverse();
    },
  };
}
