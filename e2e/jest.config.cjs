const { preset } = require('../jest.preset.cjs');

/** The suites of the engine, whatever delivers its messages. */
const ON_BOTH_BACKENDS = [
  'chaos/chaos',
  'identity',
  'operator',
  'operator-races',
  'orchestration-crash',
  'processes',
  'request-queue',
  'shared-database',
  'step-contracts',
  'worker-crash',
  'workflows',
];

const { testTimeout, maxWorkers, ...pgmq } = preset({ rabbitmq: true, displayName: 'pgmq', maxWorkers: 3 });
const rabbitmq = {
  ...pgmq,
  displayName: 'rabbitmq',
  testMatch: ON_BOTH_BACKENDS.map((name) => `<rootDir>/src/${name}.test.ts`),
  setupFiles: ['<rootDir>/rabbitmq-backend.cjs'],
};

/** Empty: there is no broker, and the run has said so. */
const hasBroker = process.env.TASKER_TEST_RABBITMQ_URL !== '';

module.exports = { testTimeout, maxWorkers, projects: hasBroker ? [pgmq, rabbitmq] : [pgmq] };
