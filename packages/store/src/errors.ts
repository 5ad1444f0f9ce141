/** The database cannot be brought to this version's schema. */
export class MigrationError extends Error {
  readonly code = 'MIGRATION_FAILED';
  readonly retryable = false;
}

/** The database lacks the schema of this version. */
export class SchemaMissingError extends Error {
  readonly code = 'SCHEMA_MISSING';
  readonly retryable = false;
}
