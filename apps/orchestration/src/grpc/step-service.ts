import type { StepAuditResponse } from '@tasker/protocol';
import {
  StepManualActionType as Action,
  type ResolveStepRequest,
  type StepAuditRecord,
  StepServiceService,
} from '@tasker/protocol/grpc';
import { defineGrpcService, type GrpcService } from '@tasker/service-host';
import { badRequest } from '../api/request-errors';
import type { StepAddress, StepOperations } from '../api/step-operations';
import { requireFit } from './require-fit';
import { toStepStateCode } from './wire-states';
import { toWireStep } from './wire-task';
import { toInstant } from './wire-values';

const addressOf = (request: { readonly task_uuid: string; readonly step_uuid: string }): StepAddress => ({
  taskUuid: request.task_uuid,
  stepUuid: request.step_uuid,
});

/** Gives the request as the body of `PATCH /v1/tasks/{uuid}/workflow_steps/{step}`. */
function toActionBody({ action_type, performed_by, reason, result, metadata }: ResolveStepRequest): object {
  if (performed_by === '') throw badRequest([{ path: 'performed_by', message: 'is required' }]);
  const data = { ...(result === undefined ? {} : { result }), ...(metadata === undefined ? {} : { metadata }) };
  const given = Object.keys(data).length === 0 ? {} : { completion_data: data };
  switch (action_type) {
    case Action.STEP_MANUAL_ACTION_TYPE_RESET_FOR_RETRY:
      return { action_type: 'reset_for_retry', reset_by: performed_by, reason, ...given };
    case Action.STEP_MANUAL_ACTION_TYPE_RESOLVE_MANUALLY:
      return { action_type: 'resolve_manually', resolved_by: performed_by, reason, ...given };
    case Action.STEP_MANUAL_ACTION_TYPE_COMPLETE_MANUALLY:
      return { action_type: 'complete_manually', completed_by: performed_by, reason, completion_data: data };
    default:
      throw badRequest([{ path: 'action_type', message: 'must be one of the actions' }]);
  }
}

function toWireAudit(record: StepAuditResponse): StepAuditRecord {
  return {
    audit_uuid: record.audit_uuid,
    step_uuid: record.workflow_step_uuid,
    transition_uuid: record.transition_uuid,
    task_uuid: record.task_uuid,
    recorded_at: toInstant(record.recorded_at),
    worker_uuid: record.worker_uuid ?? undefined,
    success: record.success ?? false,
    execution_time_ms: record.execution_time_ms ?? undefined,
    step_name: record.step_name,
    from_state: toStepStateCode(record.from_state),
    to_state: toStepStateCode(record.to_state),
  };
}

/** Gives `tasker.v1.StepService`. */
export function createStepService(steps: StepOperations): GrpcService {
  return defineGrpcService(StepServiceService, {
    getStep: async (request) => ({ step: toWireStep(await steps.get(addressOf(request))) }),

    async listSteps({ task_uuid }) {
      const found = (await steps.list(task_uuid)).map(toWireStep);
      return { steps: found, pagination: { total: found.length, count: found.length, offset: 0, has_more: false } };
    },

    async resolveStep(request) {
      const body = requireFit(toActionBody(request));
      return { step: toWireStep(await steps.resolve(addressOf(request), body)) };
    },

    getStepAudit: async (request) => ({ audit_records: (await steps.audit(addressOf(request))).map(toWireAudit) }),
  });
}
