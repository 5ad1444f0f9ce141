// Lists what the packages bring along: node deploy/release/third-party.mjs [--out DIRECTORY]
// Writes licences.md, and sbom.cdx.json by CycloneDX 1.6. Exits with 1 when a licence is not among those allowed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Licences under which code may be passed on together with ours. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  '0BSD',
  'CC0-1.0',
  'Unlicense',
]);

const { name, version, packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Gives the third-party packages that production needs, by name and version. */
function listPackages() {
  const args = ['--yes', packageManager, 'licenses', 'list', '--prod', '--json'];
  const { status, stdout, stderr } = spawnSync('npx', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`pnpm licenses failed: ${stderr}${stdout}`);
  const byLicence = Object.values(JSON.parse(stdout)).flat();
  return byLicence
    .flatMap(({ name, versions, license, homepage }) =>
      versions.map((version) => ({ name, version, license, homepage })),
    )
    .filter(({ name }) => !name.startsWith('@tasker/'))
    .sort((a, b) => `${a.name}@${a.version}`.localeCompare(`${b.name}@${b.version}`, 'en'));
}

/** `A AND B` wants both, `A OR B` one of them. */
const isAllowed = (license) => {
  const terms = license.replace(/[()]/g, '').split(' OR ');
  return terms.some((term) => term.split(' AND ').every((one) => ALLOWED.has(one.trim())));
};

function toComponent({ name, version, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const isExpression = / (AND|OR) /.test(license);
  const licenses = [isExpression ? { expression: license } : { license: { id: license } }];
  return { type: 'library', 'bom-ref': purl, name, version, purl, licenses };
}

function toMarkdown(packages) {
  const rows = packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  return [
    '# Licences of third-party packages',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'release') } } });
const packages = listPackages();
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'licences.md'), toMarkdown(packages));
const sbom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { type: 'application', 'bom-ref': `${name}@${version}`, name, version } },
  components: packages.map(toComponent),
};
writeFileSync(join(values.out, 'sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
const refused = packages.filter(({ license }) => !isAllowed(license));
for (const { name, version, license } of refused) console.error(`${name}@${version}: ${license} is not allowed`);
console.log(
  `${packages.length} third-party packages, ${refused.length} with a licence that is not allowed: ${values.out}`,
);
process.exitCode = refused.length === 0 ? 0 : 1;
