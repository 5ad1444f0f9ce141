import type { ConfigLeaf } from './config-tree';
import type { NodeSchema } from './key-schema';
import { isSection } from './list-keys';

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** Gives a text as the type that its schema wants; left alone where it is no such thing, for validation to refuse. */
export function coerce(leaf: ConfigLeaf, schema: NodeSchema | null): ConfigLeaf {
  if (!leaf.isText || typeof leaf.value !== 'string' || schema === null || isSection(schema)) return leaf;
  return { ...leaf, value: coerceText(leaf.value.trim(), schema.type) ?? leaf.value };
}

function coerceText(text: string, type: string): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return NUMBER.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'array':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
    default:
      return undefined;
  }
}
