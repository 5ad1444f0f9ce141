export { ErrorDetail, SortDirection, StepState, TaskState } from '../generated/tasker/v1/common';
export { ConfigServiceClient, ConfigServiceService, GetConfigResponse } from '../generated/tasker/v1/config';
export {
  DetailedHealthChecks,
  HealthCheck,
  HealthInfo,
  HealthServiceClient,
  HealthServiceService,
  ReadinessChecks,
} from '../generated/tasker/v1/health';
export {
  ResolveStepRequest,
  StepAuditRecord,
  StepManualActionType,
  StepServiceClient,
  StepServiceService,
} from '../generated/tasker/v1/steps';
export {
  CreateTaskRequest,
  GetTaskSummaryResponse,
  ListTasksRequest,
  Step,
  StepUpdate,
  Task,
  TaskContext,
  TaskServiceClient,
  TaskServiceService,
  TaskStatusUpdate,
  TaskStatusUpdate_UpdateType,
} from '../generated/tasker/v1/tasks';
export {
  TemplateDetail,
  TemplateServiceClient,
  TemplateServiceService,
} from '../generated/tasker/v1/templates';
export {
  CacheStats,
  WorkerConfigServiceClient,
  WorkerConfigServiceService,
  WorkerHealthCheck,
  WorkerHealthServiceClient,
  WorkerHealthServiceService,
  WorkerSystemInfo,
  WorkerTemplateServiceClient,
  WorkerTemplateServiceService,
} from '../generated/tasker/v1/worker';
export { DESCRIPTORS_PATH } from './descriptors-path';
export { WITHOUT_AUTH } from './without-auth';
