import type { KeySchema, NodeSchema, SectionSchema } from './key-schema';

/** A key of a schema, with its place. */
export interface SchemaKey {
  readonly path: readonly string[];
  /** The path with dots between. */
  readonly key: string;
  readonly schema: KeySchema;
}

/** Gives the schema's keys in its order, those of tables in its tables included. */
export function listKeys(schema: SectionSchema, path: readonly string[] = []): readonly SchemaKey[] {
  return Object.entries(schema.properties).flatMap(([name, node]) => {
    const here = [...path, name];
    return isSection(node) ? listKeys(node, here) : [{ path: here, key: here.join('.'), schema: node }];
  });
}

/** The key or table at a path, or null when the schema has none there. */
export function findSchema(schema: SectionSchema, path: readonly string[]): NodeSchema | null {
  let node: NodeSchema = schema;
  for (const name of path) {
    if (!isSection(node) || !Object.hasOwn(node.properties, name)) return null;
    const next: NodeSchema | undefined = node.properties[name];
    if (next === undefined) return null;
    node = next;
  }
  return node;
}

/** Whether it is a table of keys. */
export function isSection(node: NodeSchema): node is SectionSchema {
  return node.type === 'object';
}

/** Whether the key's value must never be shown. */
export function isSecret(schema: KeySchema): boolean {
  return 'x-secret' in schema && schema['x-secret'] === true;
}
