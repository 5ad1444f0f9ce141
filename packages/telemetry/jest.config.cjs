const { preset } = require('../../jest.preset.cjs');

const base = preset();
const [compile] = Object.values(base.transform);

module.exports = {
  ...base,
  // The exporter loads node:http by import(), which jest's sandbox lacks: compiled, it becomes a require.
  transform: { ...base.transform, '/otlp-exporter-base/.+\\.js$': compile },
  transformIgnorePatterns: ['/node_modules/(?!.*/otlp-exporter-base/)'],
};
