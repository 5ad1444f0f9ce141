import { ALL_STEPS } from './apply-environment';
import { createHinter, type Hint } from './find-nearest';
import { asObject, type ListedStep } from './list-steps';
import type { TemplateProblem } from './template-problem';

/** Finds names used twice, and dependencies and overrides that name no step. */
export function checkStepNames(raw: unknown, steps: readonly ListedStep[]): readonly TemplateProblem[] {
  const names = new Set(steps.map((step) => step.name));
  const lookup: Lookup = { names, hint: createHinter([...names]) };
  return [
    ...checkUnique(steps),
    ...steps.flatMap((step) => checkDependencies(step, lookup)),
    ...checkOverrides(raw, lookup),
  ];
}

interface Lookup {
  readonly names: ReadonlySet<string>;
  readonly hint: (word: string) => Hint;
}

function checkUnique(steps: readonly ListedStep[]): TemplateProblem[] {
  const first = new Map<string, number>();
  return steps.flatMap(({ name, index }) => {
    const used = first.get(name);
    const path = ['steps', index, 'name'];
    if (used !== undefined) return [{ path, message: `the step name '${name}' is already that of steps[${used}]` }];
    first.set(name, index);
    const reserved = name === ALL_STEPS;
    return reserved ? [{ path, message: `'${ALL_STEPS}' stands for every step in overrides and names none` }] : [];
  });
}

function checkDependencies(step: ListedStep, lookup: Lookup): TemplateProblem[] {
  const seen = new Set<string>();
  return step.dependencies.flatMap(({ name, position }) => {
    const path = ['steps', step.index, step.dependenciesKey, position];
    if (!lookup.names.has(name)) return [unknownStep(path, name, lookup)];
    if (seen.has(name)) return [{ path, message: `the dependency '${name}' is given twice` }];
    seen.add(name);
    return [];
  });
}

function checkOverrides(raw: unknown, lookup: Lookup): TemplateProblem[] {
  return Object.entries(asObject(asObject(raw).environments)).flatMap(([environment, changes]) => {
    const overrides: unknown = asObject(changes).steps;
    return (Array.isArray(overrides) ? overrides : []).flatMap((override: unknown, index) => {
      const { name } = asObject(override);
      if (typeof name !== 'string' || name === ALL_STEPS || lookup.names.has(name)) return [];
      return [unknownStep(['environments', environment, 'steps', index, 'name'], name, lookup)];
    });
  });
}

function unknownStep(path: TemplateProblem['path'], name: string, { hint }: Lookup): TemplateProblem {
  return { path, message: `there is no step '${name}'`, ...hint(name) };
}
