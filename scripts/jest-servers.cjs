// One PostgreSQL and one RabbitMQ for a jest run: those that are given, else throw-away ones.
const startPostgres = require('./jest-postgres.cjs');

module.exports = async function startServersForJest() {
  await startPostgres();
  const { startTestBroker, TEST_BROKER_VARIABLE } = require('@tasker/embedded-rabbitmq');
  if (process.env[TEST_BROKER_VARIABLE] !== undefined) return;
  const broker = await startTestBroker();
  if (broker.url === '') console.warn(`RabbitMQ: ${broker.description}`);
  process.env[TEST_BROKER_VARIABLE] = broker.url;
  globalThis.__taskerTestBroker = broker;
};
