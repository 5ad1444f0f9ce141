// npm run demo: installs, builds, and runs the example workflows with a real database, orchestrator and worker.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { installAndBuild } from './install-and-build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  await installAndBuild({ filter: ['@tasker/cli', '@tasker/order-fulfilment', '@tasker/data-pipeline'] });
  const { runDemo } = createRequire(import.meta.url)('../apps/cli/dist/demo/run-demo.js');
  process.exitCode = await runDemo(root);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
