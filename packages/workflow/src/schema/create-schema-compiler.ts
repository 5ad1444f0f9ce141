import Ajv, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { findJsonFault } from '../json-limits';
import type { JsonPath } from '../json-path';
import { LINEAR_REG_EXP } from './linear-reg-exp';

/** A validator, or why the schema has none and where. */
export type SchemaCompilation =
  | { readonly ok: true; readonly validate: ValidateFunction }
  | { readonly ok: false; readonly path: JsonPath; readonly message: string };

/** Compiles one schema after the other; they do not see each other. */
export type CompileSchema = (schema: Record<string, unknown>) => SchemaCompilation;

/** 64 KiB of JSON, 32 levels. */
const LIMITS = { maxDepth: 32, maxKeysPerObject: 1_000, maxBytes: 65_536 };

/**
 * Gives a compiler of JSON Schema 2020-12 for schemas from outside: unknown keywords and formats are errors, patterns
 * are matched in linear time, nothing is loaded, `$data` and asynchronous schemas are refused. The validators stop
 * at the first error unless `allErrors`.
 */
export function createSchemaCompiler({ allErrors = false } = {}): CompileSchema {
  const ajv = new Ajv({
    allErrors,
    // The check for overlaps would run the schema's patterns on JavaScript's own engine.
    allowMatchingProperties: true,
    code: { regExp: LINEAR_REG_EXP },
    logger: false,
    strict: true,
    strictRequired: false,
    strictTuples: false,
    strictTypes: false,
  });
  addFormats(ajv, { mode: 'fast' });
  return (schema) => {
    const fault = findJsonFault(schema, LIMITS);
    if (fault !== null) return { ok: false, path: fault.path, message: `the schema ${fault.message}` };
    if (schema.$async !== undefined)
      return { ok: false, path: ['$async'], message: 'the schema must not be asynchronous' };
    return compile(ajv, schema);
  };
}

function compile(ajv: Ajv, schema: Record<string, unknown>): SchemaCompilation {
  try {
    return { ok: true, validate: ajv.compile(schema) };
  } catch (error) {
    const { message } = error as Error;
    const keyword = /unknown keyword: "(.*)"/.exec(message)?.[1];
    if (keyword === undefined) return { ok: false, path: [], message: `the schema cannot be used: ${message}` };
    return { ok: false, path: findKey(schema, keyword), message: `unknown schema keyword '${keyword}'` };
  } finally {
    ajv.removeSchema(schema);
  }
}

/** The way to the outermost member named `key`, since ajv does not say where it found the keyword. */
function findKey(schema: Record<string, unknown>, key: string): JsonPath {
  const places: { readonly value: object; readonly path: JsonPath }[] = [{ value: schema, path: [] }];
  for (const { value, path } of places) {
    for (const [name, member] of Object.entries(value)) {
      const part = Array.isArray(value) ? Number(name) : name;
      if (typeof member === 'object' && member !== null) places.push({ value: member, path: [...path, part] });
    }
  }
  const holders = places.filter(({ value }) => Object.hasOwn(value, key));
  return holders.slice(0, 1).flatMap(({ path }) => [...path, key]);
}
