// One PostgreSQL for a jest run: TASKER_TEST_DATABASE_URL or DATABASE_URL when given, else a throw-away server.
module.exports = async function startPostgresForJest() {
  if (process.env.TASKER_TEST_DATABASE_URL) return;
  const { startPostgres } = require('@tasker/embedded-postgres');
  const server = await startPostgres();
  process.env.TASKER_TEST_DATABASE_URL = server.connectionString;
  globalThis.__taskerTestPostgres = server;
};
