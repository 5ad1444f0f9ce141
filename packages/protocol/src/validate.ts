import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Where a request is wrong, and what it should be instead. */
export interface RequestProblem {
  /** Place in the request, e.g. `tags[2]`; empty for the request itself. */
  readonly path: string;
  readonly message: string;
}

/** A request that was understood, or all that is wrong with it. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly RequestProblem[] };

const ajv = addFormats.default(
  new Ajv2020({ allErrors: true, useDefaults: true, strict: true, allowUnionTypes: true }),
  {
    mode: 'fast',
    formats: ['uuid', 'date-time'],
  },
);

function toPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`), '');
}

function toProblem(error: ErrorObject): RequestProblem {
  const path = toPath(error.instancePath);
  const join = (key: string) => (path === '' ? key : `${path}.${key}`);
  switch (error.keyword) {
    case 'required':
      return { path: join(error.params.missingProperty), message: 'is required' };
    case 'additionalProperties':
      return { path: join(error.params.additionalProperty), message: 'is not a known field' };
    case 'enum':
      return { path, message: `must be one of ${error.params.allowedValues.join(', ')}` };
    default:
      return { path, message: error.message ?? 'is not valid' };
  }
}

/** Compiles a JSON schema into a parser. Defaults of the schema are filled in on a copy; the input is left alone. */
export function compileParser<Value>(schema: object): (input: unknown) => Parsed<Value> {
  const validate = ajv.compile(schema);
  return (input) => {
    const copy = typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : input;
    if (validate(copy)) return { ok: true, value: copy as Value };
    return { ok: false, problems: (validate.errors ?? []).slice(0, 20).map(toProblem) };
  };
}
