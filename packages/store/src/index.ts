export { createPool, type PoolOptions, type PoolSettings, warmPool } from './create-pool';
export type { Database } from './database';
export { isDatabaseOutage } from './database-outage';
export { MigrationError, SchemaMissingError } from './errors';
export { type Guard, guardDatabase } from './guard-database';
export { type BrokenInvariant, checkInvariants, type InvariantOptions } from './invariants';
export {
  type Admission,
  createMaintenanceStore,
  type Finalization,
  type MaintenanceStore,
  type TimeOut,
} from './maintenance-store';
export { type MeasuredLoad, measureLoad } from './measure-load';
export { type MigrationReport, migrate } from './migrate';
export { newTaskId, stepIdOf } from './new-task-id';
export {
  createOperatorStore,
  type EndTaskOutcome,
  type OperatorStore,
  type ResolveStepOutcome,
  type Signature,
  type StepAction,
} from './operator-store';
export {
  type Advance,
  type CreatedTask,
  type CreateOptions,
  createOrchestrationStore,
  type FailureDecision,
  type NewTask,
  type OrchestrationStore,
  type Recovery,
  type UndecidedStep,
} from './orchestration-store';
export { createOutboxStore, type OutboxExchange, type OutboxMessage, type OutboxStore } from './outbox-store';
export { ORCHESTRATION_QUEUES } from './queue-names';
export { requireSchema } from './require-schema';
export type { SettledTask } from './settled-task';
export { type ChangeCursor, createTaskChangeLog, type TaskChange, type TaskChangeLog } from './task-change-log';
export {
  createTaskChanges,
  TASK_CHANGED_CHANNEL,
  type TaskChangeFeed,
  type TaskChanges,
  type TaskChangesDeps,
} from './task-changes';
export {
  createTaskReader,
  nameOrchestratorSession,
  type StepRow,
  type StepTransitionRow,
  type TaskFilter,
  type TaskPage,
  type TaskReader,
  type TaskRow,
  type TaskTransitionRow,
} from './task-reader';
export {
  createTemplateStore,
  type RegisteredTemplate,
  type TemplateRegistration,
  type TemplateStore,
  type TemplateSummaryRow,
} from './template-store';
export {
  type ClaimedStep,
  createWorkerStore,
  type HeldStep,
  type StepReport,
  type WorkerStore,
} from './worker-store';
