// Fails when a package imports from its own floor or from one above it (docs/architecture.md has the floors).
import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { packageDirectories, root, sourceFiles } from './workspace.mjs';

const floors = {
  'state-machine': 0,
  'circuit-breaker': 0,
  messaging: 0,
  lifecycle: 0,
  config: 0,
  telemetry: 0,
  'embedded-postgres': 0,
  'embedded-rabbitmq': 0,
  workflow: 1,
  settings: 1,
  store: 2,
  protocol: 2,
  'worker-sdk': 2,
  'service-host': 3,
  broker: 3,
  testing: 3,
  orchestration: 4,
  worker: 4,
  cli: 5,
  'order-fulfilment': 3,
  'data-pipeline': 3,
  e2e: 6,
  bench: 6,
  deploy: 6,
};
const forbidden = [['orchestration', 'worker-sdk']];
/** Only tests may import these. */
const testOnly = new Set(['testing', 'embedded-rabbitmq']);
/** Tests of any floor may start a server. */
const allowedInTests = new Set(['embedded-postgres', 'embedded-rabbitmq']);

function findProblem(from, to, isTest) {
  if (!(to in floors)) return `@tasker/${to} has no floor: add it to scripts/check-floors.mjs`;
  if (from === to) return `@tasker/${from} imports itself by name: use a relative path`;
  if (isTest && allowedInTests.has(to)) return null;
  if (forbidden.some(([a, b]) => a === from && b === to)) return `@tasker/${from} may not import @tasker/${to}`;
  if (testOnly.has(to) && !isTest && floors[from] < 6) return `@tasker/${to} is for tests only`;
  if (floors[from] <= floors[to]) {
    return `@tasker/${from} (floor ${floors[from]}) imports @tasker/${to} (floor ${floors[to]}): imports go downwards only`;
  }
  return null;
}

const IMPORT = /(?:from|import|require\(|resolve\()\s*\(?'@tasker\/([a-z-]+)/g;

const problems = [];
let checked = 0;
for (const directory of packageDirectories()) {
  const name = basename(directory);
  if (!(name in floors)) problems.push(`${directory} has no floor: add it to scripts/check-floors.mjs`);
  for (const file of sourceFiles(join(root, directory))) {
    checked += 1;
    const isTest = /\.test\.ts$|jest\.config|\/testing\//.test(file);
    for (const [, imported] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const problem = findProblem(name, imported, isTest);
      if (problem !== null) problems.push(`${relative(root, file)}: ${problem}`);
    }
  }
}
if (checked < 20) problems.push(`only ${checked} files were checked: the script looks in the wrong place`);
for (const problem of problems) console.error(problem);
console.log(`floors: ${checked} files checked, ${problems.length} problem(s)`);
process.exit(problems.length === 0 ? 0 : 1);
