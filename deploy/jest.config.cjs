const { preset } = require('../jest.preset.cjs');

module.exports = preset({ testTimeout: 180_000 });
