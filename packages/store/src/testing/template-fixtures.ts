import type { StepDefinition, TaskTemplate } from '@tasker/workflow';

/** What a test may want to differ from the usual template; the rest is filled in. */
export interface TemplateOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  /** For every step. @default 3 */
  readonly maxAttempts?: number | null;
}

function defineStep(name: string, dependencies: readonly string[], maxAttempts: number | null): StepDefinition {
  return {
    name,
    description: null,
    type: 'standard',
    handler: { callable: `handlers/${name}`, method: null, resolver: null, initialization: { colour: 'blue' } },
    dependencies,
    retry: { retryable: true, maxAttempts, backoff: 'none', backoffBaseMs: null, maxBackoffMs: null },
    timeoutMs: 30_000,
    resultSchema: null,
    systemDependency: null,
    publishesEvents: [],
    batchConfig: null,
  };
}

/** Gives a template whose steps are the keys of `dependencies`, each with the steps that it needs. */
export function templateOf(
  dependencies: Readonly<Record<string, readonly string[]>>,
  { namespace = 'shop', name = 'order', version = '1.0.0', description, maxAttempts = 3 }: TemplateOptions = {},
): TaskTemplate {
  return {
    namespace,
    name,
    version,
    description: description ?? null,
    metadata: {},
    systemDependencies: { primary: 'default', secondary: [] },
    domainEvents: [],
    inputSchema: null,
    identityStrategy: 'always_unique',
    lifecycle: {
      maxDurationMinutes: null,
      maxWaitingForDependenciesMinutes: null,
      maxWaitingForRetryMinutes: null,
      maxStepsInProcessMinutes: null,
      stalenessAction: 'none',
      autoFailOnTimeout: null,
      autoDlqOnTimeout: null,
    },
    steps: Object.entries(dependencies).map(([step, needs]) => defineStep(step, needs, maxAttempts)),
  };
}

/** No steps at all. */
export const emptyTemplate = (options?: TemplateOptions): TaskTemplate => templateOf({}, options);

/** `step_1` → `step_2` → … → `step_<length>`. */
export function linear(length: number, options?: TemplateOptions): TaskTemplate {
  const steps = Array.from({ length }, (_, index) => [`step_${index + 1}`, index === 0 ? [] : [`step_${index}`]]);
  return templateOf(Object.fromEntries(steps), options);
}

/** `top` → `left` and `right` → `bottom`. */
export function diamond(options?: TemplateOptions): TaskTemplate {
  return templateOf({ top: [], left: ['top'], right: ['top'], bottom: ['left', 'right'] }, options);
}

/** `left` and `right`, which nothing precedes, → `child`. */
export function twoParents(options?: TemplateOptions): TaskTemplate {
  return templateOf({ left: [], right: [], child: ['left', 'right'] }, options);
}

/** `root` → two branches of two leaves each → `end`. */
export function tree(options?: TemplateOptions): TaskTemplate {
  const branches = {
    root: [],
    left: ['root'],
    right: ['root'],
    left_1: ['left'],
    left_2: ['left'],
    right_1: ['right'],
    right_2: ['right'],
    end: ['left_1', 'left_2', 'right_1', 'right_2'],
  };
  return templateOf(branches, options);
}

/** `start` → `width` branches → `end`. */
export function fanOut(width: number, options?: TemplateOptions): TaskTemplate {
  const names = Array.from({ length: width }, (_, index) => `branch_${index + 1}`);
  const branches = Object.fromEntries(names.map((name) => [name, ['start']]));
  return templateOf({ start: [], ...branches, end: names }, options);
}

/** Two chains of two steps that have nothing to do with each other. */
export function twoBranches(options?: TemplateOptions): TaskTemplate {
  return templateOf({ red_1: [], red_2: ['red_1'], blue_1: [], blue_2: ['blue_1'] }, options);
}
