import { randomBytes } from 'node:crypto';
import type { StepId, TaskId } from '@tasker/workflow';

/**
 * Gives a new task id: a UUID version 7 (RFC 9562) whose last 20 bits are zero. The ids of the task's steps are the same with
 * the step's number in those bits, so a task's rows lie together in every index. 54 random bits per millisecond remain.
 */
export function newTaskId(nowMs: number = Date.now()): TaskId {
  const time = nowMs.toString(16).padStart(12, '0');
  const random = randomBytes(8).toString('hex');
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16);
  const head = `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}`;
  return `${head}-${variant}${random.slice(4, 7)}-${random.slice(7, 14)}00000` as TaskId;
}

/** Gives the id of step number `stepNo` (1…1,048,575) of a task, as `tasker.step_id` computes it in the database. */
export function stepIdOf(taskUuid: TaskId, stepNo: number): StepId {
  return `${taskUuid.slice(0, 31)}${stepNo.toString(16).padStart(5, '0')}` as StepId;
}
