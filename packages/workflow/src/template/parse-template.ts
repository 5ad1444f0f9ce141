import { findJsonFault } from '../json-limits';
import { formatJsonPath } from '../json-path';
import type { TaskTemplate } from '../task-template';
import type { TemplateError } from '../template-error';
import { buildTemplate } from './build-template';
import { checkStepGraph } from './check-step-graph';
import { checkStepNames } from './check-step-names';
import { checkStepTypes } from './check-step-types';
import { checkTemplateSchemas } from './check-template-schemas';
import { checkTemplateShape } from './check-template-shape';
import { listSteps } from './list-steps';
import type { RawTemplate } from './raw-template';
import { type LocateInText, readYaml } from './read-yaml';
import { MAX_TEMPLATE_PROBLEMS, type TemplateProblem } from './template-problem';

/** How a template is to be read. */
export interface ParseTemplateOptions {
  /** The environment whose overrides apply; without one the template stands as it is. */
  readonly environment?: string;
  /** Where the template came from; each error then carries it. */
  readonly fileName?: string;
}

/** A template, or everything that is wrong with it (100 errors at most, in the order of the text). */
export type TemplateParse =
  | { readonly ok: true; readonly template: TaskTemplate }
  | { readonly ok: false; readonly errors: readonly TemplateError[] };

/**
 * Reads and checks a template written in YAML (256 KiB at most). Every environment is checked, also those not
 * applied.
 */
export function parseTemplate(yamlText: string, options: ParseTemplateOptions = {}): TemplateParse {
  const reading = readYaml(yamlText);
  const parsed = reading.ok ? parseValue(reading.value, options, reading.locate) : reading;
  return nameFile(parsed, options.fileName);
}

/** As `parseTemplate`, for a template that came as JSON: errors have a path and no position. */
export function parseTemplateObject(value: unknown, options: ParseTemplateOptions = {}): TemplateParse {
  return nameFile(parseValue(value, options, null), options.fileName);
}

function parseValue(raw: unknown, options: ParseTemplateOptions, locate: LocateInText | null): TemplateParse {
  const problems = checkValue(raw);
  if (problems.length === 0) return { ok: true, template: buildTemplate(raw as RawTemplate, options.environment) };
  const errors = problems.slice(0, MAX_TEMPLATE_PROBLEMS).map((problem) => toError(problem, locate));
  return { ok: false, errors: errors.sort(byPosition) };
}

/**
 * Limits come first: the other checks rely on them. All others run together, so that an author sees everything at
 * once.
 */
function checkValue(raw: unknown): readonly TemplateProblem[] {
  const fault = findJsonFault(raw);
  if (fault !== null) return [fault];
  const steps = listSteps(raw);
  return [
    ...checkTemplateShape(raw),
    ...checkStepNames(raw, steps),
    ...checkStepGraph(steps),
    ...checkStepTypes(steps),
    ...checkTemplateSchemas(raw, steps),
  ];
}

function toError({ path, at, message, hint }: TemplateProblem, locate: LocateInText | null): TemplateError {
  const position = locate === null ? { line: null, column: null } : locate(path, at ?? 'value');
  return { ...position, path: formatJsonPath(path), message, ...(hint === undefined ? {} : { hint }) };
}

function byPosition(a: TemplateError, b: TemplateError): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function nameFile(parsed: TemplateParse, file: string | undefined): TemplateParse {
  if (parsed.ok || file === undefined) return parsed;
  return { ok: false, errors: parsed.errors.map((error) => ({ ...error, file })) };
}
