// npm test: installs, builds, lints, checks types and walls, and runs every suite; ends with the failures and the counts.
import { createRequire } from 'node:module';
import { installAndBuild, runPnpm } from './install-and-build.mjs';
import { forgetResults, printFailures, readResults } from './suite-results.mjs';

const require = createRequire(import.meta.url);

/** One database server for all suites. */
async function startDatabase() {
  const server = await require('./start-test-postgres.cjs')();
  console.log(`PostgreSQL: ${server.description}`);
  return server;
}

/** One broker for all suites, as far as one is to be had. */
async function startBroker() {
  const { startTestBroker } = require('@tasker/embedded-rabbitmq');
  const broker = await startTestBroker();
  console.log(`RabbitMQ: ${broker.description}`);
  return broker;
}

function turbo(args, env = {}) {
  return runPnpm(['exec', 'turbo', 'run', ...args, '--output-logs=new-only'], { env, stdio: 'inherit' });
}

async function main() {
  await installAndBuild();
  forgetResults();
  require('../deploy/checks/tools.cjs').installTools();
  const checks = turbo(['lint', 'typecheck', '--concurrency=2', '--continue']);
  const server = await startDatabase();
  let broker = null;
  let suites;
  try {
    broker = await startBroker();
    const { TEST_BROKER_VARIABLE } = require('@tasker/embedded-rabbitmq');
    suites = turbo(['test', '--concurrency=2', '--continue'], {
      TASKER_TEST_DATABASE_URL: server.connectionString,
      [TEST_BROKER_VARIABLE]: broker.url,
    });
  } finally {
    await broker?.stop();
    await server.stop();
  }
  const results = readResults();
  printFailures(results.failures);
  if (checks !== 0) console.error('lint, types or walls: see above');
  const failed = results.failed + (checks === 0 ? 0 : 1);
  const skipped = results.skipped > 0 ? `, ${results.skipped} skipped` : '';
  console.log(`${results.passed} passed, ${failed} failed${skipped}`);
  process.exitCode = failed === 0 && suites === 0 && results.passed > 0 ? 0 : 1;
}

await main();
