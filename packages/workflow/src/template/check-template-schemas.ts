import type { JsonPath } from '../json-path';
import { createSchemaCompiler } from '../schema/create-schema-compiler';
import { asObject, type ListedStep } from './list-steps';
import type { TemplateProblem } from './template-problem';

/** Compiling one takes half a millisecond, during which the process does nothing else. */
const MAX_SCHEMAS = 1_000;

/**
 * Finds JSON Schemas that cannot be compiled, misspelt keywords included. Equal schemas are compiled once; 1,000
 * different ones at most.
 */
export function checkTemplateSchemas(raw: unknown, steps: readonly ListedStep[]): readonly TemplateProblem[] {
  const byText = new Map(
    [...listSchemas(raw, steps)].reverse().map((listed) => [JSON.stringify(listed.schema), listed]),
  );
  if (byText.size === 0) return [];
  if (byText.size > MAX_SCHEMAS) return [{ path: [], message: `has more than ${MAX_SCHEMAS} different schemas` }];
  const compile = createSchemaCompiler();
  return [...byText.values()].flatMap(({ path, schema }) => {
    const compiled = compile(schema);
    return compiled.ok ? [] : [{ path: [...path, ...compiled.path], message: compiled.message }];
  });
}

function* listSchemas(
  raw: unknown,
  steps: readonly ListedStep[],
): Generator<{ path: JsonPath; schema: Record<string, unknown> }> {
  const { input_schema, domain_events } = asObject(raw);
  yield* schemaAt(['input_schema'], input_schema);
  yield* schemasOf(['domain_events'], domain_events);
  for (const { index, members } of steps) {
    yield* schemaAt(['steps', index, 'result_schema'], members.result_schema);
    yield* schemasOf(['steps', index, 'publishes_events'], members.publishes_events);
  }
}

function* schemasOf(path: JsonPath, events: unknown): Generator<{ path: JsonPath; schema: Record<string, unknown> }> {
  if (!Array.isArray(events)) return;
  for (const [index, event] of events.entries()) yield* schemaAt([...path, index, 'schema'], asObject(event).schema);
}

function* schemaAt(path: JsonPath, schema: unknown): Generator<{ path: JsonPath; schema: Record<string, unknown> }> {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
  yield { path, schema: schema as Record<string, unknown> };
}
