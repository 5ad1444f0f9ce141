/** Any value that JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object: the shape of task contexts, step results and handler configuration. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
