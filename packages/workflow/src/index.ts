export { parseStepId, parseTaskId, type StepId, type TaskId } from './ids';
export type { JsonObject, JsonValue } from './json';
