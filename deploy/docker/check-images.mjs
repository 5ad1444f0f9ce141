// Starts the images as a deployment does: migrations, then orchestration and a worker with handlers; asks after the health of
// both, and ends them by SIGTERM.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 60_000;
const ORCHESTRATION = 'http://127.0.0.1:18080';
const WORKER = 'http://127.0.0.1:18081';

/** A started container: its output is kept for the message when something fails. */
function watch(child) {
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => output.push(Buffer.from(error.message)));
    child.once('close', (code) => resolve(code));
  });
  return { child, ended, text: () => Buffer.concat(output).toString() };
}

async function requireHealthy(name, url, container) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (container.child.exitCode !== null) throw new Error(`${name} ended:\n${container.text()}`);
    const ok = await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return console.log(`${name}: ${url} is well`);
    if (Date.now() > deadline) throw new Error(`${name} did not become healthy:\n${container.text()}`);
    await delay(200);
  }
}

async function requireExit(name, container) {
  const code = await container.ended;
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${container.text()}`);
  console.log(`${name}: ended with 0`);
}

function serverVariables(port, grpcPort, databaseUrl) {
  return {
    DATABASE_URL: databaseUrl,
    TASKER_WEB_BIND_ADDRESS: `127.0.0.1:${port}`,
    TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: `127.0.0.1:${grpcPort}`,
    TASKER_WORKER_GRPC_BIND_ADDRESS: `127.0.0.1:${grpcPort}`,
    WORKER_NAMESPACES: 'shop',
  };
}

/** @throws {Error} with the output of the container that failed */
export async function checkImages(engine, version) {
  const { startPostgres } = createRequire(import.meta.url)('@tasker/embedded-postgres');
  const server = await startPostgres({ settings: { fsync: 'off' } });
  const running = [];
  const start = (image, port, grpcPort) => {
    const container = watch(engine.start(image, serverVariables(port, grpcPort, server.connectionString)));
    running.push(container);
    return container;
  };
  try {
    const migration = { DATABASE_URL: server.connectionString };
    await requireExit('migrations', watch(engine.start(`tasker-cli:${version}`, migration, ['migrate'])));
    const orchestration = start(`tasker-orchestration:${version}`, 18080, 19190);
    const worker = start('tasker-worker-example:latest', 18081, 19191);
    await requireHealthy('orchestration', `${ORCHESTRATION}/health/ready`, orchestration);
    await requireHealthy('worker', `${WORKER}/health/ready`, worker);
    await requireHealthy('orchestration', `${ORCHESTRATION}/metrics`, orchestration);
    for (const [name, container] of Object.entries({ worker, orchestration })) {
      engine.terminate(container.child);
      await requireExit(name, container);
    }
  } finally {
    for (const { child } of running) if (child.exitCode === null) child.kill('SIGKILL');
    await server.stop();
  }
}
