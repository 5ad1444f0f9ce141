import type { JsonObject, JsonValue } from '@tasker/workflow';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gives an instant; of null, nothing. */
export function toInstant(iso: string | null): Date | undefined {
  return iso === null ? undefined : new Date(iso);
}

/** Gives a JSON value as the object that a Struct is: one that is none comes under the key `value`. */
export function toStruct(value: JsonValue): { [key: string]: JsonValue } | undefined {
  if (value === null) return undefined;
  return isObject(value) ? { ...value } : { value };
}

/** Gives the text of a field; an empty one counts as not given. */
export function givenText(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
