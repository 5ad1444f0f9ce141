import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import { parseJsonPointer } from '../json-path';
import { findNearest, hintNearest } from './find-nearest';
import { MAX_TEMPLATE_PROBLEMS, type TemplateProblem } from './template-problem';
import { TEMPLATE_SCHEMA } from './template-schema';

let validate: ValidateFunction | undefined;

/** Finds missing and unknown keys, wrong types and values out of range; empty when the template has the right shape. */
export function checkTemplateShape(raw: unknown): readonly TemplateProblem[] {
  validate ??= new Ajv({ allErrors: true, verbose: true }).compile(TEMPLATE_SCHEMA);
  if (validate(raw)) return [];
  return (validate.errors as ErrorObject[]).slice(0, MAX_TEMPLATE_PROBLEMS).map((error) => describe(error, raw));
}

function describe(error: ErrorObject, raw: unknown): TemplateProblem {
  const path = parseJsonPointer(error.instancePath, raw);
  switch (error.keyword) {
    case 'required':
      return { path, message: `'${error.params.missingProperty}' is required` };
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      return { path: [...path, key], at: 'key', message: `unknown key '${key}'`, hint: hintKey(key, error) };
    }
    case 'type':
      return { path, message: `must be ${withArticle(error)}, not ${nameType(error.data)}`, ...hintType(error) };
    case 'enum':
      return describeEnum(path, error);
    case 'pattern':
      return { path, message: String(error.parentSchema?.description) };
    default:
      return { path, message: describeRange(error) };
  }
}

function hintKey(key: string, error: ErrorObject): string {
  const known = Object.keys((error.parentSchema as { properties: object }).properties);
  const nearest = findNearest(key, known);
  return nearest === null ? `known keys: ${known.join(', ')}` : `did you mean '${nearest}'?`;
}

function describeEnum(path: TemplateProblem['path'], error: ErrorObject): TemplateProblem {
  const allowed = (error.params.allowedValues as (string | null)[]).filter((value) => value !== null);
  return { path, message: `must be one of ${allowed.join(', ')}`, ...hintNearest(String(error.data), allowed) };
}

function withArticle(error: ErrorObject): string {
  const type = String(error.parentSchema?.type);
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function nameType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Version 1.0 is a number in YAML: the most frequent surprise of all. */
function hintType(error: ErrorObject): { readonly hint?: string } {
  const wantsText = error.parentSchema?.type === 'string';
  return wantsText && typeof error.data === 'number' ? { hint: 'put it in quotes' } : {};
}

function describeRange({ keyword, parentSchema, data }: ErrorObject): string {
  const { minimum, maximum, minLength, maxLength } = parentSchema as Record<string, number>;
  return keyword.endsWith('imum')
    ? `must be between ${minimum} and ${maximum}, not ${data}`
    : `must have ${minLength} to ${maxLength} characters`;
}
