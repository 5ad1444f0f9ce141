const { preset } = require('../../jest.preset.cjs');

module.exports = preset({
  collectCoverage: true,
  coverageReporters: ['text-summary'],
  coverageThreshold: { global: { branches: 100, functions: 100, lines: 100, statements: 100 } },
});
