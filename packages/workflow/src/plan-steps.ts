import type { StepDefinition, TaskTemplate } from './task-template';

/** A step with its number and its relatives. */
export interface PlannedStep {
  /** From 1, parents before children; the template's own order wherever that is one. */
  readonly stepNo: number;
  readonly definition: StepDefinition;
  /** Ascending; empty for steps that start at once. */
  readonly parentNos: readonly number[];
  /** Ascending. */
  readonly childNos: readonly number[];
  /** Ancestors that are no parents, nearest first, 64 at most. */
  readonly ancestorNames: readonly string[];
}

/** How many ancestors beyond the parents a step can look back to. */
const MAX_ANCESTORS = 64;

/**
 * Numbers the steps of a checked template in topological order; the same template always gives the same numbers.
 * Takes time proportional to steps and edges, plus the look back of `ancestorNames`, and does not recurse.
 */
export function planSteps(template: Pick<TaskTemplate, 'steps'>): readonly PlannedStep[] {
  const ordered = sortTopologically(template.steps);
  const noByName = new Map(ordered.map((step, index) => [step.name, index + 1]));
  const parents = ordered.map((step) => step.dependencies.map((name) => noByName.get(name) ?? 0).sort((a, b) => a - b));
  const children: number[][] = ordered.map(() => []);
  parents.forEach((nos, index) => {
    for (const no of nos) children[no - 1]?.push(index + 1);
  });
  return ordered.map((definition, index) => ({
    stepNo: index + 1,
    definition,
    parentNos: parents[index] ?? [],
    childNos: children[index] ?? [],
    ancestorNames: findAncestorNames(index + 1, parents, ordered),
  }));
}

/** Emits each step of the list after its parents, depth first over an explicit stack. */
function sortTopologically(steps: readonly StepDefinition[]): StepDefinition[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const ordered = new Set<StepDefinition>();
  for (const step of steps) {
    const stack = [{ step, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const parent = byName.get(top.step.dependencies[top.next] ?? '');
      top.next += 1;
      if (top.next > top.step.dependencies.length || ordered.has(top.step)) {
        ordered.add(top.step);
        stack.pop();
      } else if (parent !== undefined && !ordered.has(parent)) {
        stack.push({ step: parent, next: 0 });
      }
    }
  }
  return [...ordered];
}

/** Breadth first upwards, so that nearer ancestors come first. */
function findAncestorNames(stepNo: number, parents: number[][], ordered: StepDefinition[]): string[] {
  const direct = parents[stepNo - 1] ?? [];
  const seen = new Set(direct);
  const names: string[] = [];
  const queue = [...direct];
  for (let at = 0; at < queue.length; at += 1) {
    for (const no of parents[(queue[at] ?? 0) - 1] ?? []) {
      if (seen.has(no)) continue;
      seen.add(no);
      queue.push(no);
      names.push(ordered[no - 1]?.name ?? '');
      if (names.length === MAX_ANCESTORS) return names;
    }
  }
  return names;
}
