import type { ListedStep } from './list-steps';
import type { TemplateProblem } from './template-problem';

/** Steps spelled out of a cycle; longer ones are shortened. */
const MAX_SPELLED = 20;

interface Node {
  readonly step: ListedStep;
  readonly parents: Node[];
  readonly children: Node[];
  /** Parents that no order has placed yet. */
  unmet: number;
}

/** A step that no order can place, and one of the stuck steps it waits for. */
interface StuckNode {
  readonly node: Node;
  readonly parent: Node;
}

/**
 * Finds dependency cycles, each spelled out, and the steps that wait for one and so can never start. Takes time
 * proportional to steps and edges, and does not recurse.
 * Source: Kahn's topological sorting (CACM 5, 1962) leaves exactly these steps.
 */
export function checkStepGraph(steps: readonly ListedStep[]): readonly TemplateProblem[] {
  const stuck = findStuck(linkSteps(steps));
  const cycles = findCycles(stuck);
  const inCycle = new Set(cycles.flat());
  const behind = stuck.filter(({ node }) => !inCycle.has(node));
  return [...cycles.flatMap(describeCycle), ...behind.map(describeUnreachable)];
}

function linkSteps(steps: readonly ListedStep[]): readonly Node[] {
  const nodes = steps.map((step): Node => ({ step, parents: [], children: [], unmet: 0 }));
  const byName = new Map(nodes.map((node) => [node.step.name, node]));
  for (const node of nodes) {
    for (const { name } of node.step.dependencies) {
      const parent = byName.get(name);
      if (parent === undefined) continue;
      node.parents.push(parent);
      node.unmet += 1;
      parent.children.push(node);
    }
  }
  return nodes;
}

function findStuck(nodes: readonly Node[]): readonly StuckNode[] {
  const placed = nodes.filter((node) => node.unmet === 0);
  for (const parent of placed) {
    for (const child of parent.children) {
      child.unmet -= 1;
      if (child.unmet === 0) placed.push(child);
    }
  }
  const stuck = nodes.filter((node) => node.unmet > 0);
  return stuck.flatMap((node) => {
    const waitsFor = node.parents.filter((parent) => parent.unmet > 0);
    return waitsFor.slice(0, 1).map((parent) => ({ node, parent }));
  });
}

/** Follows one stuck parent from each step: every walk ends in a cycle or in a step walked before. */
function findCycles(stuck: readonly StuckNode[]): readonly Node[][] {
  const parentOf = new Map(stuck.map(({ node, parent }) => [node, parent]));
  const walked = new Set<Node>();
  return stuck.flatMap(({ node: start }) => {
    const walk: Node[] = [];
    let node: Node | undefined = start;
    for (; node !== undefined && !walked.has(node); node = parentOf.get(node)) {
      walked.add(node);
      walk.push(node);
    }
    const entry = walk.indexOf(node as Node);
    return entry < 0 ? [] : [walk.slice(entry)];
  });
}

function describeCycle(cycle: readonly Node[]): TemplateProblem[] {
  const names = cycle.slice(0, MAX_SPELLED).map(({ step }) => step.name);
  if (cycle.length > MAX_SPELLED) names.push(`… (${cycle.length} steps)`);
  return cycle.slice(0, 1).map(({ step }) => ({
    path: ['steps', step.index, step.dependenciesKey],
    message: `dependency cycle: ${[...names, step.name].join(' → ')} (each depends on the next)`,
  }));
}

function describeUnreachable({ node: { step }, parent }: StuckNode): TemplateProblem {
  const message = `the step '${step.name}' can never start: it waits for '${parent.step.name}', which a cycle holds up`;
  return { path: ['steps', step.index, step.dependenciesKey], message };
}
