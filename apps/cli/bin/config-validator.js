#!/usr/bin/env node
process.argv.splice(2, 0, 'config', 'validate');
require('./tasker.js');
