export { parseStepId, parseTaskId, type StepId, type TaskId } from './ids.js';
export type { JsonObject, JsonValue } from './json.js';
