const { createOrchestrator } = require('@tasker/orchestration');
const { runTraced } = require('./run-traced.cjs');

runTraced('tasker-orchestration', createOrchestrator);
