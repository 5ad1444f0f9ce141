/** The database cannot be brought to this version's schema. */
export class MigrationError extends Error {
  readonly code = 'MIGRATION_FAILED';
  readonly retryable = false;
}
