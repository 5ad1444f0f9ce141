import type { Parsed, RequestProblem } from '@tasker/protocol';
import { ApiError } from '@tasker/service-host';
import { parseStepId, parseTaskId, type StepId, type TaskId, type TemplateError } from '@tasker/workflow';

const describe = ({ path, message }: RequestProblem): string => `${path === '' ? 'the request' : path} ${message}`;

const othersThan = ({ length }: readonly unknown[]): string =>
  length > 1 ? ` (and ${length - 1} more, see details)` : '';

/** An error that lists what is wrong with the request, and where. */
export function badRequest(problems: readonly RequestProblem[]): ApiError {
  const [first] = problems;
  const message = first === undefined ? 'the request is not valid' : `${describe(first)}${othersThan(problems)}`;
  return new ApiError('BAD_REQUEST', message, problems);
}

/** An error that lists what is wrong with a template; its message has the place and the hint of the first error. */
export function invalidTemplate(errors: readonly TemplateError[]): ApiError {
  const [first] = errors;
  if (first === undefined) return new ApiError('INVALID_TEMPLATE', 'the template is not valid');
  const position = first.line === null ? '' : `line ${first.line}, column ${first.column}: `;
  const path = first.path === '' ? '' : `${first.path}: `;
  const hint = first.hint === undefined ? '' : ` (${first.hint})`;
  const message = `${position}${path}${first.message}${hint}${othersThan(errors)}`;
  return new ApiError('INVALID_TEMPLATE', message, errors);
}

/** Gives the parsed value, or throws {@link badRequest}. */
export function requireParsed<Value>(parsed: Parsed<Value>): Value {
  if (!parsed.ok) throw badRequest(parsed.problems);
  return parsed.value;
}

/** Gives the task id that the text spells, or throws. */
export function requireTaskId(text: unknown): TaskId {
  const id = parseTaskId(String(text));
  if (id === null) throw new ApiError('INVALID_UUID', `'${String(text).slice(0, 64)}' is not a task's UUID`);
  return id;
}

/** Gives the step id that the text spells, or throws. */
export function requireStepId(text: unknown): StepId {
  const id = parseStepId(String(text));
  if (id === null) throw new ApiError('INVALID_UUID', `'${String(text).slice(0, 64)}' is not a step's UUID`);
  return id;
}

/** An error that says what was looked for. */
export function notFound(what: string): ApiError {
  return new ApiError('NOT_FOUND', `${what} does not exist`);
}
