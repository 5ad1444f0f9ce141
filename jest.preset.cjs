const path = require('node:path');

/**
 * Every suite's jest configuration: sources compiled by swc, workspace packages read from their sources.
 * `postgres` starts a database for the run, `rabbitmq` a broker beside it.
 */
function preset({ postgres = false, rabbitmq = false, ...overrides } = {}) {
  const servers = rabbitmq ? 'jest-servers' : postgres ? 'jest-postgres' : null;
  return {
    testEnvironment: 'node',
    testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
    testMatch: ['**/*.test.ts'],
    testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    modulePathIgnorePatterns: ['/dist/'],
    transform: {
      '^.+\\.ts$': [
        require.resolve('@swc/jest'),
        { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
      ],
    },
    // Only for what hangs: a loaded machine may take several times as long as an idle one.
    testTimeout: 180_000,
    maxWorkers: 2,
    ...(servers === null
      ? {}
      : {
          globalSetup: path.join(__dirname, 'scripts', `${servers}.cjs`),
          globalTeardown: path.join(__dirname, 'scripts', `${servers}-stop.cjs`),
        }),
    ...overrides,
  };
}

module.exports = { preset };
