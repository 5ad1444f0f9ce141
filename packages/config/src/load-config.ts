import { coerce } from './coerce';
import { type ConfigCheck, runChecks } from './config-check';
import { type ConfigProblem, describeProblem } from './config-problem';
import { type ConfigNode, emptyTable, findNode, mapLeaves, mergeNodes, tableOf, valuesOf } from './config-tree';
import type { Environment } from './environment';
import { ConfigError, collectProblems } from './errors';
import type { SectionSchema, ValuesOf } from './key-schema';
import { findSchema, listKeys } from './list-keys';
import { readTomlDirectory } from './read-toml';
import { readVariables, type VariableBindings } from './read-variables';
import { redact } from './show-value';
import { substitute } from './substitute';
import { validate } from './validate';

/** What to load, and from where. */
export interface ConfigRequest<Schema> {
  readonly schema: Schema;
  /** Directories with `.toml` files; a later one wins over those before it, and within one the later name. */
  readonly directories: readonly string[];
  readonly environment: Environment;
  /** Variables that have a name of their own. */
  readonly bindings: VariableBindings;
  /** Any key is also given by the variable `PREFIX__table__key`. */
  readonly prefix: string;
  /** Values by dotted key, as texts; they win over everything else. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** What must hold between keys. */
  readonly checks?: readonly ConfigCheck[];
}

/** One key's value in force. */
export interface EffectiveValue {
  readonly key: string;
  /** As it may be shown: `[redacted]` for a secret that is set. */
  readonly value: unknown;
  /** `default`, a file, a variable, or `command line`. */
  readonly source: string;
}

/** A valid configuration. */
export interface LoadedConfig<Values> {
  readonly values: Values;
  /** Where a key's value comes from; null for an unknown key. */
  sourceOf(key: string): string | null;
  /** Every key, in the schema's order. */
  listValues(): readonly EffectiveValue[];
}

/**
 * Loads a configuration: the schema's defaults, then files, environment variables and overrides, each winning over what was
 * before it. Placeholders in files are replaced after parsing and merging.
 * @throws {ConfigError} with everything that is wrong
 */
export function loadConfig<Schema extends SectionSchema>(
  request: ConfigRequest<Schema>,
): LoadedConfig<ValuesOf<Schema>> {
  const { schema } = request;
  const problems: ConfigProblem[] = [];
  const given = mapLeaves(mergeSources(request, schema, problems), (leaf, path) => {
    const key = path.join('.');
    const whole = collectProblems(problems, () => substitute(leaf, key, request.environment), key);
    return coerce(whole ?? leaf, findSchema(schema, path));
  });
  const known = new Set(problems.map(({ key }) => key));
  problems.push(...validate(given, schema).filter(({ key }) => !known.has(key)));
  const root = inheritValues(given, schema);
  problems.push(...runChecks(request.checks ?? [], root, new Set(problems.map(({ key }) => key))));
  if (problems.length > 0) throw new ConfigError(withoutRepeats(problems));
  return describeLoaded(root, schema) as LoadedConfig<ValuesOf<Schema>>;
}

/** One broken variable may be wanted in several places. */
function withoutRepeats(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...new Map(problems.map((problem) => [describeProblem(problem), problem])).values()];
}

function mergeSources(
  { directories, environment, bindings, prefix, overrides = {} }: ConfigRequest<unknown>,
  schema: SectionSchema,
  problems: ConfigProblem[],
): ConfigNode {
  const files = directories.flatMap((one) => collectProblems(problems, () => readTomlDirectory(one)) ?? []);
  const variables = readVariables(environment, { bindings, prefix }, problems);
  const given = Object.entries(overrides).map(([key, value]) =>
    tableOf(key.split('.'), { kind: 'leaf', value, source: 'command line', isText: true }),
  );
  return [...files, variables, ...given].reduce(mergeNodes, defaultsOf(schema));
}

function defaultsOf(schema: SectionSchema): ConfigNode {
  const withDefault = listKeys(schema).filter(({ schema: { default: byDefault } }) => byDefault !== undefined);
  return withDefault
    .map(({ path, schema: { default: value } }) =>
      tableOf(path, { kind: 'leaf', value, source: 'default', isText: false }),
    )
    .reduce(mergeNodes, emptyTable('default'));
}

/** Keys that nothing gave a value take that of another key. */
function inheritValues(root: ConfigNode, schema: SectionSchema): ConfigNode {
  const heirs = listKeys(schema).flatMap(({ path, schema: key }) => {
    const from = 'x-default-from' in key ? key['x-default-from'] : undefined;
    const leaf = from === undefined ? null : findNode(root, from.split('.'));
    return leaf?.kind === 'leaf' && findNode(root, path) === null ? [tableOf(path, leaf)] : [];
  });
  return heirs.reduce(mergeNodes, root);
}

function describeLoaded(root: ConfigNode, schema: SectionSchema): LoadedConfig<unknown> {
  const effective = listKeys(schema).flatMap(({ key, path, schema: keySchema }): EffectiveValue[] => {
    const node = findNode(root, path);
    if (node?.kind !== 'leaf') return [];
    return [{ key, value: redact(node.value, keySchema), source: node.source }];
  });
  return {
    values: valuesOf(root),
    sourceOf: (key) => effective.find((one) => one.key === key)?.source ?? null,
    listValues: () => effective,
  };
}
