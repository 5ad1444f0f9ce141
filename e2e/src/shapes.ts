import { NAMESPACE } from './api-client';

/** A workflow in which each step multiplies the results of its parents and squares the product. */
export interface Shape {
  readonly name: string;
  /** Steps with their parents, in topological order. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** The steps that only multiply. */
  readonly withoutSquare?: readonly string[];
  /** Which step to fail in the tests of early, middle and late failures. */
  readonly stages: { readonly early: string; readonly middle: string; readonly late: string };
}

/** Four steps in sequence: n¹⁶. */
export const LINEAR: Shape = {
  name: 'linear',
  steps: { step_1: [], step_2: ['step_1'], step_3: ['step_2'], step_4: ['step_3'] },
  stages: { early: 'step_1', middle: 'step_3', late: 'step_4' },
};

/** Two branches that meet: n¹⁶. */
export const DIAMOND: Shape = {
  name: 'diamond',
  steps: { start: [], left: ['start'], right: ['start'], end: ['left', 'right'] },
  stages: { early: 'start', middle: 'left', late: 'end' },
};

/** A root, two branches, four leaves, one end: n³². */
export const TREE: Shape = {
  name: 'tree',
  steps: {
    root: [],
    left: ['root'],
    right: ['root'],
    left_1: ['left'],
    left_2: ['left'],
    right_1: ['right'],
    right_2: ['right'],
    end: ['left_1', 'left_2', 'right_1', 'right_2'],
  },
  withoutSquare: ['end'],
  stages: { early: 'root', middle: 'left', late: 'right_2' },
};

/** Seven steps of which two share a parent, one has two parents and one has three: n⁶⁴. */
export const MIXED: Shape = {
  name: 'mixed',
  steps: {
    init: [],
    left: ['init'],
    right: ['init'],
    validate: ['left', 'right'],
    transform: ['left'],
    analyze: ['right'],
    finalize: ['validate', 'transform', 'analyze'],
  },
  stages: { early: 'init', middle: 'right', late: 'transform' },
};

/** All shapes. */
export const SHAPES: readonly Shape[] = [LINEAR, DIAMOND, TREE, MIXED];

/** The result of each step for the input `n`, as handlers give it: a number while that is exact, text beyond. */
export function expectedResults({ steps, withoutSquare = [] }: Shape, n: number): Record<string, number | string> {
  const exact: Record<string, bigint> = {};
  for (const [name, parents] of Object.entries(steps)) {
    const product = parents.reduce((all, parent) => all * (exact[parent] ?? 0n), parents.length === 0 ? BigInt(n) : 1n);
    exact[name] = withoutSquare.includes(name) ? product : product * product;
  }
  const shown = Object.entries(exact).map(([name, value]) => {
    return [name, Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()] as const;
  });
  return Object.fromEntries(shown);
}

/** The steps that need `step`, directly or through others. */
export function descendantsOf({ steps }: Shape, step: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [name, parents] of Object.entries(steps)) {
    if (parents.some((parent) => parent === step || found.has(parent))) found.add(name);
  }
  return found;
}

/** How steps are tried again: at once, three attempts in all. */
export const QUICK_RETRY = { max_attempts: 3, backoff: 'none' };

/** The body of a template of one's own steps. */
export function template(name: string, steps: readonly object[], more: object = {}): object {
  return { namespace_name: NAMESPACE, name, version: '1.0.0', identity_strategy: 'always_unique', steps, ...more };
}

/** The template of a shape. */
export function shapeTemplate({ name, steps, withoutSquare = [] }: Shape, retry: object = QUICK_RETRY): object {
  const list = Object.entries(steps).map(([step, parents]) => ({
    name: step,
    dependencies: parents,
    handler: { callable: 'power', initialization: { parents, squares: !withoutSquare.includes(step) } },
    retry,
  }));
  return template(name, list);
}
