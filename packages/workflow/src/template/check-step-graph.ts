import type { ListedStep } from './list-steps';
import type { TemplateProblem } from './template-problem';

/** Steps spelled out of a cycle; longer ones are shortened. */
const MAX_SPELLED = 20;

/**
 * Finds dependency cycles, each spelled out, and the steps that wait for one and so can never start. Takes time proportional to steps and edges.
 * Source: Kahn's topological sorting (CACM 5, 1962) leaves exactly these steps.
 */
export function checkStepGraph(steps: readonly ListedStep[]): readonly TemplateProblem[] {
  const stuck = findStuck(steps);
  const cycles = findCycles(stuck);
  const inCycle = new Set(cycles.flat());
  return [
    ...cycles.map(describeCycle),
    ...[...stuck.keys()].filter((step) => !inCycle.has(step)).map((step) => describeUnreachable(step, stuck)),
  ];
}

/** The steps that no order can place, each with one of its stuck dependencies. */
function findStuck(steps: readonly ListedStep[]): Map<ListedStep, ListedStep> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const parentsOf = new Map(
    steps.map((step) => [step, step.dependencies.flatMap(({ name }) => byName.get(name) ?? [])]),
  );
  const childrenOf = new Map<ListedStep, ListedStep[]>(steps.map((step) => [step, []]));
  for (const [step, parents] of parentsOf) for (const parent of parents) childrenOf.get(parent)?.push(step);
  const unmet = new Map([...parentsOf].map(([step, parents]) => [step, parents.length]));
  const placed = steps.filter((step) => unmet.get(step) === 0);
  for (const parent of placed) {
    for (const child of childrenOf.get(parent) ?? []) {
      const left = (unmet.get(child) ?? 0) - 1;
      unmet.set(child, left);
      if (left === 0) placed.push(child);
    }
  }
  const free = new Set(placed);
  const stuck = [...parentsOf].filter(([step]) => !free.has(step));
  return new Map(
    stuck.flatMap(([step, parents]) =>
      parents
        .filter((parent) => !free.has(parent))
        .slice(0, 1)
        .map((parent) => [step, parent] as const),
    ),
  );
}

/** Follows one stuck dependency from each step: every walk ends in a cycle or in a step walked before. */
function findCycles(stuck: ReadonlyMap<ListedStep, ListedStep>): ListedStep[][] {
  const cycles: ListedStep[][] = [];
  const walked = new Set<ListedStep>();
  for (const start of stuck.keys()) {
    const walk: ListedStep[] = [];
    let step: ListedStep | undefined = start;
    for (; step !== undefined && !walked.has(step); step = stuck.get(step)) {
      walked.add(step);
      walk.push(step);
    }
    const entry = step === undefined ? -1 : walk.indexOf(step);
    if (entry >= 0) cycles.push(walk.slice(entry));
  }
  return cycles;
}

function describeCycle(cycle: readonly ListedStep[]): TemplateProblem {
  const names = cycle.slice(0, MAX_SPELLED).map((step) => step.name);
  if (cycle.length > MAX_SPELLED) names.push(`… (${cycle.length} steps)`);
  const [first] = cycle;
  const message = `dependency cycle: ${[...names, first?.name].join(' → ')} (each depends on the next)`;
  return { path: ['steps', first?.index ?? 0, first?.dependenciesKey ?? 'dependencies'], message };
}

function describeUnreachable(step: ListedStep, stuck: ReadonlyMap<ListedStep, ListedStep>): TemplateProblem {
  const message = `the step '${step.name}' can never start: it waits for '${stuck.get(step)?.name}', which a cycle holds up`;
  return { path: ['steps', step.index, step.dependenciesKey], message };
}
