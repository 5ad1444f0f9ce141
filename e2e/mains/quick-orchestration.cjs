const { createOrchestrator } = require('@tasker/orchestration');
const { createLogger } = require('@tasker/telemetry');
const { quickly, runService } = require('./run-service.cjs');

runService(
  createOrchestrator({
    ...quickly,
    databaseUrl: process.env.DATABASE_URL,
    bindAddress: process.env.TASKER_WEB_BIND_ADDRESS,
    logger: createLogger({ service: 'orchestration', level: 'warn' }),
  }),
);
