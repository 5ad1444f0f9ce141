// One PostgreSQL for a jest run: the server of TASKER_TEST_DATABASE_URL when given, else see start-test-postgres.cjs.
const startTestPostgres = require('./start-test-postgres.cjs');

module.exports = async function startPostgresForJest() {
  const server = await startTestPostgres();
  process.env.TASKER_TEST_DATABASE_URL = server.connectionString;
  globalThis.__taskerTestPostgres = server;
};
