const { preset } = require('../../jest.preset.cjs');

module.exports = preset({ postgres: true, rabbitmq: true });
