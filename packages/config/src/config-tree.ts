/** A value, and where it comes from. */
export interface ConfigLeaf {
  readonly kind: 'leaf';
  readonly value: unknown;
  readonly source: string;
  /** Whether the schema decides its type: so with variables and the command line, whose values are texts. Files have types. */
  readonly isText: boolean;
}

/** A table of values. */
export interface ConfigTable {
  readonly kind: 'table';
  /** Where it was opened first. */
  readonly source: string;
  readonly children: ReadonlyMap<string, ConfigNode>;
}

/** A value or a table. */
export type ConfigNode = ConfigLeaf | ConfigTable;

/** Gives an empty table. */
export function emptyTable(source: string): ConfigTable {
  return { kind: 'table', source, children: new Map() };
}

/** Gives a table of which `path` leads to `leaf`. */
export function tableOf(path: readonly string[], leaf: ConfigLeaf): ConfigNode {
  const [name, ...rest] = path;
  if (name === undefined) return leaf;
  return { kind: 'table', source: leaf.source, children: new Map([[name, tableOf(rest, leaf)]]) };
}

/** Merges tables key by key; where both have a value, or only one has a table, the later one wins. Lists are replaced. */
export function mergeNodes(base: ConfigNode, later: ConfigNode): ConfigNode {
  if (base.kind !== 'table' || later.kind !== 'table') return later;
  const children = new Map(base.children);
  for (const [name, node] of later.children) {
    const known = children.get(name);
    children.set(name, known === undefined ? node : mergeNodes(known, node));
  }
  return { ...base, children };
}

/** The node at a path, or null. */
export function findNode(root: ConfigNode, path: readonly string[]): ConfigNode | null {
  let node: ConfigNode | undefined = root;
  for (const name of path) node = node?.kind === 'table' ? node.children.get(name) : undefined;
  return node ?? null;
}

/** Gives the tree with each value replaced. */
export function mapLeaves(
  node: ConfigNode,
  change: (leaf: ConfigLeaf, path: readonly string[]) => ConfigLeaf,
  path: readonly string[] = [],
): ConfigNode {
  if (node.kind === 'leaf') return change(node, path);
  const children = [...node.children].map(
    ([name, child]) => [name, mapLeaves(child, change, [...path, name])] as const,
  );
  return { ...node, children: new Map(children) };
}

/** The values alone. */
export function valuesOf(node: ConfigNode): unknown {
  if (node.kind === 'leaf') return node.value;
  return Object.fromEntries([...node.children].map(([name, child]) => [name, valuesOf(child)]));
}
