const path = require('node:path');

/** Every suite's jest configuration: sources compiled by swc, workspace packages read from their sources. */
function preset({ postgres = false, ...overrides } = {}) {
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
    testTimeout: 30_000,
    maxWorkers: 2,
    ...(postgres ? { globalSetup: path.join(__dirname, 'scripts/jest-postgres.cjs') } : {}),
    ...(postgres ? { globalTeardown: path.join(__dirname, 'scripts/jest-postgres-stop.cjs') } : {}),
    ...overrides,
  };
}

module.exports = { preset };
