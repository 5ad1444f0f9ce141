const { createLogger, createTracing } = require('@tasker/telemetry');

/** Runs a service with tracing on until the process is told to end; then the last spans are sent. */
exports.runTraced = async function runTraced(serviceName, createService) {
  const logger = createLogger({ service: serviceName, level: 'warn' });
  const tracing = createTracing({ enabled: true, endpoint: process.env.E2E_TRACES_ENDPOINT, serviceName, logger });
  const service = await createService({
    databaseUrl: process.env.DATABASE_URL,
    bindAddress: process.env.TASKER_WEB_BIND_ADDRESS,
    logger,
    tracing,
  });
  process.once('SIGTERM', async () => {
    await service.stop();
    await tracing.stop();
    process.exit(0);
  });
  await service.start();
};
