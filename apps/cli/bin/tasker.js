#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

if (!existsSync(join(__dirname, '..', 'dist', 'main.js'))) {
  process.stderr.write('tasker is not built yet: run npm run build first, in the root of the repository\n');
  process.exit(1);
}
require('../dist/main.js').main();
