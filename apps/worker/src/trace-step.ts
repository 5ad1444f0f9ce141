import type { ClaimedStep } from '@tasker/store';
import { redactText, type Tracing } from '@tasker/telemetry';
import type { StepOutcome } from '@tasker/worker-sdk';

/** Runs a step inside of a span; `run` gets the step with the span as its `traceparent`. */
export type StepTracer = (
  step: ClaimedStep,
  run: (traced: ClaimedStep) => Promise<StepOutcome>,
) => Promise<StepOutcome>;

/** Gives a tracer that makes each attempt a span of the task's trace, active while the handler runs. */
export function createStepTracer(tracing: Tracing): StepTracer {
  return async (step, run) => {
    const span = tracing.startSpan({
      name: `step ${step.stepName}`,
      kind: 'consumer',
      parent: step.traceparent,
      attributes: {
        correlation_id: step.correlationId,
        task_uuid: step.taskUuid,
        step_uuid: step.stepUuid,
        step_name: step.stepName,
        namespace: step.namespace,
        handler: step.handler.callable,
        attempt: step.attempt,
      },
    });
    const outcome = await span.run(() => run({ ...step, traceparent: span.traceparent }));
    if (outcome.kind === 'failure') {
      span.setAttributes({ error_type: redactText(outcome.error.errorType) });
      span.fail(outcome.error.message);
    }
    span.end();
    return outcome;
  };
}
