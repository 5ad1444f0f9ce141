import type { ServiceError, status } from '@grpc/grpc-js';
import type { StepResponse, TaskResponse } from '@tasker/protocol';
import { ErrorDetail, StepState, TaskState } from '@tasker/protocol/grpc';
import { ORDER } from './templates';

/** The order with a description and whatever else a test wants. */
export const described = (name: string, more: object = {}) => ({
  ...ORDER,
  name,
  description: 'Charges and ships.',
  ...more,
});

/** A message as REST would write it: instants as text, nothing as null. */
export function asJson(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asJson(one)]));
}

/** Those fields of `body` that `message` has. */
export function fieldsOf(message: object, body: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(message).map((key) => [key, (body as Record<string, unknown>)[key] ?? null]));
}

/** The same task over both. */
export function expectSameTask(message: { state: TaskState } | undefined, body: object): void {
  const { state, ...rest } = message ?? { state: TaskState.TASK_STATE_UNSPECIFIED };
  expect(asJson(rest)).toEqual({ ready_steps: 0, ...fieldsOf(rest, { ready_steps: 0, ...body }) });
  expect(TaskState[state]).toBe(`TASK_STATE_${(body as TaskResponse).status.toUpperCase()}`);
}

/** The same step over both. */
export function expectSameStep(message: { state: StepState } | undefined, body: StepResponse): void {
  const { state, ...rest } = message ?? { state: StepState.STEP_STATE_UNSPECIFIED };
  expect(asJson(rest)).toEqual(fieldsOf(rest, body));
  expect(StepState[state]).toBe(`STEP_STATE_${body.current_state.toUpperCase()}`);
}

/** The error of a call over gRPC that is to be refused. */
export async function refusalOf(answer: Promise<unknown>) {
  const error = await answer.then(
    () => null,
    (reason: ServiceError) => reason,
  );
  if (error === null) throw new Error('the call was expected to be refused');
  const details = error.metadata.get('tasker-error-detail-bin').map((bytes) => ErrorDetail.decode(bytes as Buffer));
  const [code] = error.metadata.get('tasker-error-code');
  return { status: error.code, code, message: error.details, details };
}

/** Both transports refuse for the same reason, in the same words, with the same places. */
export async function expectSameRefusal(
  grpc: Promise<unknown>,
  rest: Promise<{ status: number; body: unknown }>,
  expected: { grpc: status; http: number },
): Promise<void> {
  const [refusal, answer] = await Promise.all([refusalOf(grpc), rest]);
  const { error } = answer.body as { error: { code: string; message: string; details?: unknown } };
  expect([refusal.status, answer.status]).toEqual([expected.grpc, expected.http]);
  expect({ code: refusal.code, message: refusal.message }).toEqual({ code: error.code, message: error.message });
  const places = Array.isArray(error.details)
    ? error.details
    : refusal.details.map(({ metadata: texts }) => Object.fromEntries(texts));
  const told = Array.isArray(error.details)
    ? refusal.details.map(({ field, message }) => ({ path: field, message }))
    : [error.details].filter((one) => one !== undefined);
  expect(told).toEqual(places);
}
