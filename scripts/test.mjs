// npm test: installs, builds, lints, checks types and walls, and runs every suite; ends with the counts.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installAndBuild, runPnpm } from './install-and-build.mjs';
import { packageDirectories, root, sourceFiles } from './workspace.mjs';

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

/** Where each package with suites leaves its results. */
function resultFiles() {
  return packageDirectories()
    .filter((directory) => sourceFiles(join(root, directory)).some((file) => file.endsWith('.test.ts')))
    .map((directory) => join(root, directory, 'jest-results.json'));
}

function countResults() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of resultFiles()) {
    if (!existsSync(file)) {
      console.error(`${file} is missing: the suites of this package gave no result`);
      counts.failed += 1;
      continue;
    }
    const results = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed += results.numPassedTests;
    counts.failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
    counts.skipped += results.numPendingTests;
  }
  return counts;
}

async function main() {
  await installAndBuild();
  for (const file of resultFiles()) rmSync(file, { force: true });
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
  const counts = countResults();
  if (checks !== 0) console.error('lint, types or walls: see above');
  const failed = counts.failed + (checks === 0 ? 0 : 1);
  console.log(`${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
  process.exitCode = failed === 0 && suites === 0 && counts.passed > 0 ? 0 : 1;
}

await main();
