export { type ListTasksQuery, parseListTasksQuery } from './list-tasks-query';
export { parseStepActionRequest, type StepActionRequest } from './step-action-request';
export {
  MAX_BATCH_TASKS,
  parseBatchRequest,
  parseTaskRequest,
  TASK_REQUEST_SCHEMA,
  type TaskRequest,
} from './task-request';
export { parseTaskRequestMessage } from './task-request-message';
export type {
  BatchAnswer,
  StepAuditResponse,
  StepResponse,
  TaskListResponse,
  TaskResponse,
  TaskSummary,
} from './task-response';
export { compileParser, type Parsed, type RequestProblem } from './validate';
