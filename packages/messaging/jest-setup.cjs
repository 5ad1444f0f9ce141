// The servers of a run, and whether the one for queues offers the real pgmq extension, whose suite is run then too.
const { Client } = require('pg');
const startServers = require('../../scripts/jest-servers.cjs');

module.exports = async function startServersForMessaging() {
  await startServers();
  const client = new Client({ connectionString: process.env.TASKER_TEST_DATABASE_URL });
  await client.connect();
  const { rowCount } = await client.query(`select from pg_available_extensions where name = 'pgmq'`);
  await client.end();
  process.env.TASKER_TEST_HAS_PGMQ = String(rowCount === 1);
};
