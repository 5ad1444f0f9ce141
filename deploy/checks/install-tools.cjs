// Gets promtool and helm where the machine can: node deploy/checks/install-tools.cjs
const { findTool, installTools } = require('./tools.cjs');

for (const name of installTools()) console.log(`${name} is missing: ${findTool(name).hint}`);
