import type { ConfigProblem } from './config-problem';
import { type ConfigNode, emptyTable, mergeNodes, tableOf } from './config-tree';
import type { Environment, FoundVariable } from './environment';
import { collectProblems } from './errors';

/** Which keys a variable gives, by its name. Several names for a key are aliases, which must agree. */
export type VariableBindings = Readonly<Record<string, readonly string[]>>;

const SEPARATOR = '__';

/** What a key has already been given by. */
interface Given extends FoundVariable {
  readonly name: string;
}

/**
 * Gives the values of variables: those with names of their own, and `PREFIX__table__key` for any key. Problems are added to
 * `problems`: files that cannot be read, and variables that name one key and differ.
 */
export function readVariables(
  environment: Environment,
  { bindings, prefix }: { readonly bindings: VariableBindings; readonly prefix: string },
  problems: ConfigProblem[],
): ConfigNode {
  const start = `${prefix}${SEPARATOR}`;
  const generic = environment
    .listNames(start)
    .map((name) => [name, [name.slice(start.length).split(SEPARATOR).join('.')]] as const);
  const given = new Map<string, Given>();
  for (const [name, keys] of [...Object.entries(bindings), ...generic]) {
    const found = collectProblems(problems, () => environment.lookUp(name), keys[0]) ?? null;
    if (found !== null) for (const key of keys) give(given, key, { ...found, name }, problems);
  }
  let root: ConfigNode = emptyTable('environment variables');
  for (const [key, { value, source }] of given) {
    root = mergeNodes(root, tableOf(key.split('.'), { kind: 'leaf', value, source, isText: true }));
  }
  return root;
}

function give(given: Map<string, Given>, key: string, variable: Given, problems: ConfigProblem[]): void {
  const before = given.get(key);
  if (before === undefined) given.set(key, variable);
  else if (before.value !== variable.value) {
    const source = `${before.name} and ${variable.name}`;
    problems.push({ source, key, message: 'both are set and differ: set one of them' });
  }
}
