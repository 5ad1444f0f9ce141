export type { ConfigResponse } from './config-response';
export { type ListTasksQuery, parseListTasksQuery } from './list-tasks-query';
export { parseStepActionRequest, type StepActionRequest } from './step-action-request';
export type { StepStateEvent, TaskStateEvent } from './task-event';
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
export type {
  StepSummary,
  TaskContextResponse,
  TaskSummaryResponse,
  TemplateStepSummary,
} from './task-summary-response';
export type {
  TemplateListResponse,
  TemplateRegistrationResponse,
  TemplateResponse,
  TemplateSummary,
} from './template-response';
export { compileParser, type Parsed, type RequestProblem } from './validate';
