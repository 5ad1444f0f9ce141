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

interface Node {
  readonly definition: StepDefinition;
  readonly parents: Node[];
  readonly children: Node[];
  stepNo: number;
  /** Parents that the sorting has looked at. */
  visited: number;
}

/**
 * Numbers the steps of a checked template in topological order; the same template always gives the same numbers.
 * Takes time proportional to steps and edges, plus the look back of `ancestorNames`, and does not recurse.
 * @throws {Error} when a dependency names no step, which `parseTemplate` rules out.
 */
export function planSteps(template: Pick<TaskTemplate, 'steps'>): readonly PlannedStep[] {
  const ordered = sortTopologically(linkSteps(template.steps));
  ordered.forEach((node, index) => {
    node.stepNo = index + 1;
  });
  return ordered.map((node) => ({
    stepNo: node.stepNo,
    definition: node.definition,
    parentNos: numbersOf(node.parents),
    childNos: numbersOf(node.children),
    ancestorNames: findAncestorNames(node),
  }));
}

function linkSteps(steps: readonly StepDefinition[]): readonly Node[] {
  const nodes = steps.map((definition): Node => ({ definition, parents: [], children: [], stepNo: 0, visited: 0 }));
  const byName = new Map(nodes.map((node) => [node.definition.name, node]));
  for (const node of nodes) {
    for (const name of node.definition.dependencies) {
      const parent = byName.get(name);
      if (parent === undefined)
        throw new Error(`step '${node.definition.name}' depends on '${name}', which does not exist`);
      node.parents.push(parent);
      parent.children.push(node);
    }
  }
  return nodes;
}

/** Emits each step of the list after its parents, depth first over an explicit stack. */
function sortTopologically(nodes: readonly Node[]): Node[] {
  const ordered = new Set<Node>();
  for (const start of nodes) {
    const stack = [start];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const parent = node.parents[node.visited];
      node.visited += 1;
      if (parent === undefined) {
        ordered.add(node);
        stack.pop();
      } else if (!ordered.has(parent)) {
        stack.push(parent);
      }
    }
  }
  return [...ordered];
}

function numbersOf(nodes: readonly Node[]): number[] {
  return nodes.map((node) => node.stepNo).sort((a, b) => a - b);
}

/** Breadth first upwards, so that nearer ancestors come first. */
function findAncestorNames(node: Node): string[] {
  const seen = new Set(node.parents);
  const names: string[] = [];
  const queue = [...node.parents];
  for (const nearer of queue) {
    for (const ancestor of nearer.parents) {
      if (seen.has(ancestor)) continue;
      seen.add(ancestor);
      queue.push(ancestor);
      names.push(ancestor.definition.name);
      if (names.length === MAX_ANCESTORS) return names;
    }
  }
  return names;
}
