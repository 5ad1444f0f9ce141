// Gets promtool where the machine can, with --all helm too: node deploy/checks/install-tools.cjs [--all]
const { findTool, installTools } = require('./tools.cjs');

for (const name of installTools({ all: process.argv.includes('--all') })) {
  console.log(`${name} is missing: ${findTool(name).hint}`);
}
