import type { RawOverride, RawStep, RawTemplate } from './raw-template';

/** The override name that stands for every step. */
export const ALL_STEPS = 'ALL';

/**
 * The template's steps as they are in `environment`: overrides of `ALL` first, then those that name the step, so that
 * the particular wins. `handler.initialization` and `retry` are merged key by key. An environment that the template
 * does not mention changes nothing.
 */
export function applyEnvironment(raw: RawTemplate, environment: string | undefined): readonly RawStep[] {
  const steps = raw.steps ?? [];
  const environments = new Map(Object.entries(raw.environments ?? {}));
  const overrides = (environment !== undefined && environments.get(environment)?.steps) || [];
  const general = overrides.filter((override) => override.name === ALL_STEPS);
  return steps.map((step) =>
    [...general, ...overrides.filter((override) => override.name === step.name)].reduce(applyOverride, step),
  );
}

function applyOverride(step: RawStep, override: RawOverride): RawStep {
  const initialization = { ...step.handler.initialization, ...override.handler?.initialization };
  return {
    ...step,
    handler: { ...step.handler, initialization },
    timeout_seconds: override.timeout_seconds ?? step.timeout_seconds ?? null,
    retry: { ...step.retry, ...withoutNulls(override.retry ?? {}) },
  };
}

function withoutNulls<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as T;
}
