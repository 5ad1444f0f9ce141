const { preset } = require('../jest.preset.cjs');

module.exports = preset({ testTimeout: 60_000 });
