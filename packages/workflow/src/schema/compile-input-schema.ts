import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020';
import { InvalidSchemaError } from '../errors';
import type { JsonObject } from '../json';
import type { JsonProblem } from '../json-limits';
import { formatJsonPath, parseJsonPointer } from '../json-path';
import { createSchemaCompiler } from './create-schema-compiler';

/** Everything that is wrong with a context, 20 problems at most; empty when it is as the schema demands. */
export type ValidateInput = (context: JsonObject) => readonly JsonProblem[];

const MAX_PROBLEMS = 20;

/** Larger contexts get their first problem only: a list of all could be many times their size. */
const MAX_EXPLAINED_CHARACTERS = 16_384;

/**
 * Compiles a template's input schema for many contexts. Keep the result: compiling takes milliseconds. Contexts must
 * have passed `validateContext`.
 * @throws {InvalidSchemaError} when the schema is not one that `parseTemplate` accepts.
 */
export function compileInputSchema(schema: JsonObject): ValidateInput {
  const validate = compile(schema, false);
  let explain: ValidateFunction | undefined;
  return (context) => {
    if (validate(context)) return [];
    if (JSON.stringify(context).length > MAX_EXPLAINED_CHARACTERS) return describeErrors(validate, context);
    explain ??= compile(schema, true);
    explain(context);
    return describeErrors(explain, context);
  };
}

function compile(schema: JsonObject, allErrors: boolean): ValidateFunction {
  const compilation = createSchemaCompiler({ allErrors })(schema);
  if (!compilation.ok) throw new InvalidSchemaError(compilation.message);
  return compilation.validate;
}

function describeErrors(validate: ValidateFunction, context: JsonObject): readonly JsonProblem[] {
  return (validate.errors as ErrorObject[]).slice(0, MAX_PROBLEMS).map((error) => ({
    path: formatJsonPath(parseJsonPointer(error.instancePath, context)),
    message: describe(error),
  }));
}

function describe({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return `'${params.missingProperty}' is required`;
    case 'additionalProperties':
      return `unknown key '${params.additionalProperty}'`;
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return String(message);
  }
}
