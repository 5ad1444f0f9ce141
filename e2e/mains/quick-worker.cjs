const { createLogger } = require('@tasker/telemetry');
const { createWorker, loadHandlers } = require('@tasker/worker');
const { fail, healthChecks, long, runService } = require('./run-service.cjs');

async function main() {
  runService(
    createWorker({
      healthChecks,
      circuitBreakers: { database: long },
      databaseUrl: process.env.DATABASE_URL,
      bindAddress: process.env.TASKER_WEB_BIND_ADDRESS,
      namespaces: [process.env.WORKER_NAMESPACES],
      handlers: await loadHandlers([process.env.TASKER_HANDLERS]),
      logger: createLogger({ service: 'worker', level: 'warn' }),
    }),
  );
}

main().catch(fail);
