import type { ClaimedStep } from '@tasker/store';

/** Gives the fields by which every log line about a step names it. */
export function stepLogFields(step: ClaimedStep): Readonly<Record<string, unknown>> {
  const { taskUuid, stepUuid, stepName, namespace, attempt, correlationId } = step;
  return { taskId: taskUuid, stepId: stepUuid, stepName, namespace, attempt, correlationId };
}
