import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { ConfigProblem } from './config-problem';
import { type ConfigNode, findNode, valuesOf } from './config-tree';
import { findNearestKey, findNearestWord } from './find-nearest-key';
import { describeAllowed, type KeySchema, type SectionSchema } from './key-schema';
import { findSchema, isSection, listKeys } from './list-keys';
import { showValue } from './show-value';

/** What a long-lived validator gains from, and one use only pays for: compiling took 650 ms with it, and 44 ms without. */
const SINGLE_USE = { validateSchema: false, meta: false, messages: false, code: { optimize: false } } as const;

/** Finds values of wrong types or out of bounds, and unknown keys; one problem per key. */
export function validate(root: ConfigNode, schema: SectionSchema): readonly ConfigProblem[] {
  const ajv = new Ajv2020({ allErrors: true, strict: true, ...SINGLE_USE });
  ajv.addVocabulary(['x-form', 'x-secret', 'x-default-from']);
  const check = ajv.compile(schema);
  if (check(valuesOf(root))) return [];
  const problems = new Map<string, ConfigProblem>();
  for (const error of check.errors ?? []) {
    const problem = describe(error, root, schema);
    if (!problems.has(problem.key)) problems.set(problem.key, problem);
  }
  return [...problems.values()];
}

function describe(error: ErrorObject, root: ConfigNode, schema: SectionSchema): ConfigProblem {
  const path = parsePointer(error.instancePath);
  if (error.keyword === 'additionalProperties') {
    return describeUnknown([...path, String(error.params.additionalProperty)], root, schema);
  }
  // Items of a list are no keys: the list is.
  const at = path.findLastIndex((_, index) => findSchema(schema, path.slice(0, index + 1)) !== null);
  const place = path.slice(0, at + 1);
  const source = sourceAt(root, place);
  const key = place.join('.');
  const node = findSchema(schema, place);
  if (node === null || isSection(node)) return { source, key, message: 'must be a table of keys' };
  return describeWrong(key, source, valueAt(root, place), node);
}

function describeWrong(key: string, source: string, value: unknown, schema: KeySchema): ConfigProblem {
  const nearest = 'enum' in schema ? findNearestWord(String(value), schema.enum) : null;
  return {
    source,
    key,
    value: showValue(value, schema),
    message: `must be ${describeAllowed(schema)}`,
    ...(nearest === null ? {} : { nearest }),
  };
}

function describeUnknown(path: readonly string[], root: ConfigNode, schema: SectionSchema): ConfigProblem {
  const nearest = findNearestKey(
    path,
    listKeys(schema).map(({ key }) => key),
  );
  const hint = nearest === null ? {} : { nearest };
  return { source: sourceAt(root, path), key: path.join('.'), message: 'is not a known key', ...hint };
}

function parsePointer(pointer: string): readonly string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function sourceAt(root: ConfigNode, path: readonly string[]): string {
  return findNode(root, path)?.source ?? root.source;
}

function valueAt(root: ConfigNode, path: readonly string[]): unknown {
  const node = findNode(root, path);
  return node === null ? undefined : valuesOf(node);
}
