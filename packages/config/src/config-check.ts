import type { ConfigProblem } from './config-problem';
import { type ConfigNode, findNode, valuesOf } from './config-tree';

/** What must hold between keys, beyond what each allows by itself. */
export interface ConfigCheck {
  /** The keys it looks at; the first is the one that the problem names. Not asked while one of them is wrong by itself. */
  readonly keys: readonly string[];
  /** What is wrong with the keys' values, or null. */
  findProblem(...values: readonly unknown[]): string | null;
}

/** Gives the check that a number is not above another. */
export function atMost(lowKey: string, highKey: string): ConfigCheck {
  return {
    keys: [lowKey, highKey],
    findProblem: (low, high) =>
      Number(low) <= Number(high) ? null : `is ${low}: must be at most ${highKey}, which is ${high}`,
  };
}

/** Gives the check that a number is below another. */
export function below(lowKey: string, highKey: string): ConfigCheck {
  return {
    keys: [lowKey, highKey],
    findProblem: (low, high) =>
      Number(low) < Number(high) ? null : `is ${low}: must be below ${highKey}, which is ${high}`,
  };
}

/** Gives the problems that the checks find. */
export function runChecks(
  checks: readonly ConfigCheck[],
  root: ConfigNode,
  wrongKeys: ReadonlySet<string>,
): readonly ConfigProblem[] {
  return checks.flatMap(({ keys, findProblem }) => {
    const nodes = keys.map((key) => findNode(root, key.split('.')));
    if (keys.some((key) => isWrong(key, wrongKeys))) return [];
    const message = findProblem(...nodes.map((node) => (node === null ? undefined : valuesOf(node))));
    return message === null ? [] : [{ source: nodes[0]?.source ?? root.source, key: keys[0] ?? '', message }];
  });
}

/** A key is also wrong when its table is. */
function isWrong(key: string, wrongKeys: ReadonlySet<string>): boolean {
  return [...wrongKeys].some((wrong) => key === wrong || key.startsWith(`${wrong}.`));
}
