export { type CreatedDatabase, createDatabase } from './create-database';
export { PostgresStartError, PostgresUnavailableError } from './errors';
export { type Logger, type PostgresServer, type StartPostgresOptions, startPostgres } from './start-postgres';
export { ensureTemplateDatabase } from './template-database';
