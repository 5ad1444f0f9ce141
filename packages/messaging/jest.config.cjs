const { preset } = require('../../jest.preset.cjs');

module.exports = preset({ postgres: true, rabbitmq: true, globalSetup: '<rootDir>/jest-setup.cjs' });
