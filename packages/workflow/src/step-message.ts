import { parseStepId, parseTaskId, type StepId, type TaskId } from './ids';
import type { MessageParse } from './message-parse';

/** What a step message (to a worker) and a result message (to orchestration) carry; the database holds the rest. */
export interface StepMessage {
  readonly task_uuid: TaskId;
  readonly step_uuid: StepId;
  /** UUID. */
  readonly correlation_id: string;
  /** W3C trace context, version 00. */
  readonly traceparent?: string;
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Reads a step or result message. An unreadable `traceparent` is dropped, as W3C Trace Context asks; other keys are
 * ignored.
 */
export function parseStepMessage(value: unknown): MessageParse<StepMessage> {
  if (typeof value !== 'object' || value === null) return { ok: false, reason: 'the message is no object' };
  const { task_uuid, step_uuid, correlation_id, traceparent } = value as Record<string, unknown>;
  const taskId = parseTaskId(String(task_uuid));
  if (taskId === null) return { ok: false, reason: 'task_uuid is no UUID' };
  const stepId = parseStepId(String(step_uuid));
  if (stepId === null) return { ok: false, reason: 'step_uuid is no UUID' };
  const correlationId = parseTaskId(String(correlation_id));
  if (correlationId === null) return { ok: false, reason: 'correlation_id is no UUID' };
  const message = { task_uuid: taskId, step_uuid: stepId, correlation_id: correlationId };
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return { ok: true, message };
  return { ok: true, message: { ...message, traceparent } };
}
