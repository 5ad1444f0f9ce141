import type { TaskRequest } from './task-request';
import { parseTaskRequest } from './task-request';
import type { Parsed } from './validate';

/**
 * Parses a message of the queue `orchestration_task_requests`: `{ request_id, task_request, metadata }`, or a task request by
 * itself. Only `task_request` matters; the envelope is for the sender's own records.
 */
export function parseTaskRequestMessage(body: unknown): Parsed<TaskRequest> {
  const wrapped = typeof body === 'object' && body !== null && 'task_request' in body;
  return parseTaskRequest(wrapped ? body.task_request : body);
}
