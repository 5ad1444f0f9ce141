const stopPostgres = require('./jest-postgres-stop.cjs');

module.exports = async function stopServersForJest() {
  await globalThis.__taskerTestBroker?.stop();
  await stopPostgres();
};
