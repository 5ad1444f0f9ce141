// Gives the version of the packages to what changesets does not version: node deploy/release/set-version.mjs
// That is the manifest of the whole and the Helm chart. Packages that are published share one version.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8'));

function rewrite(path, pattern, replacement) {
  const file = join(root, path);
  const text = readFileSync(file, 'utf8');
  if (!pattern.test(text)) throw new Error(`${path} has no version where one is expected`);
  writeFileSync(file, text.replace(pattern, replacement));
}

rewrite('package.json', /^ {2}"version": ".*"/m, `  "version": "${version}"`);
rewrite(
  'deploy/helm/tasker/Chart.yaml',
  /^version: .*\nappVersion: .*/m,
  `version: ${version}\nappVersion: ${version}`,
);
console.log(`version ${version}`);
