// Packs every published package as `changeset publish` does: node deploy/release/pack.mjs [--out DIRECTORY]
// Prints one JSON document: the name, the folder and the tarball of each.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageDirectories } from '../../scripts/workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readManifest = (directory) => JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'));

/** The name that pnpm gives to the tarball of a package. */
const tarballName = ({ name, version }) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;

const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'release') } } });
const out = resolve(values.out);
const published = packageDirectories()
  .map((directory) => ({ directory, manifest: readManifest(directory) }))
  .filter(({ manifest }) => manifest.private !== true);
const { packageManager } = readManifest('.');
const filters = published.map(({ manifest }) => `--filter=${manifest.name}`);
mkdirSync(out, { recursive: true });
const args = ['--yes', packageManager, ...filters, '--recursive', 'pack', '--pack-destination', out];
const { status, stdout, stderr } = spawnSync('npx', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
if (status !== 0) throw new Error(`pnpm pack failed: ${stderr}${stdout}`);
const packed = published.map(({ directory, manifest }) => ({
  name: manifest.name,
  directory,
  tarball: join(out, tarballName(manifest)),
}));
console.log(JSON.stringify(packed, null, 2));
