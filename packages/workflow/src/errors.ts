/** A JSON Schema that cannot be compiled reached a place where only checked ones belong. */
export class InvalidSchemaError extends Error {
  readonly code = 'INVALID_SCHEMA';
  readonly retryable = false;
  override readonly name = 'InvalidSchemaError';
}
