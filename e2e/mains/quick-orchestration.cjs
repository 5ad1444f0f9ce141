const { createOrchestrator } = require('@tasker/orchestration');
const { createLogger } = require('@tasker/telemetry');
const { brief, healthChecks, long, runService } = require('./run-service.cjs');

runService(
  createOrchestrator({
    healthChecks,
    circuitBreakers: { database: brief, messageQueue: long },
    databaseUrl: process.env.DATABASE_URL,
    bindAddress: process.env.TASKER_WEB_BIND_ADDRESS,
    logger: createLogger({ service: 'orchestration', level: 'warn' }),
  }),
);
