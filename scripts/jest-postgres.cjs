// One PostgreSQL for a jest run: the server of TASKER_TEST_DATABASE_URL when given, else a throw-away one.
module.exports = async function startPostgresForJest() {
  if (process.env.TASKER_TEST_DATABASE_URL) return;
  const { startPostgres } = require('@tasker/embedded-postgres');
  const server = await startPostgres({ settings: { fsync: 'off' } });
  process.env.TASKER_TEST_DATABASE_URL = server.connectionString;
  globalThis.__taskerTestPostgres = server;
};
