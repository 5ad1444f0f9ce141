// A base image made on this machine, for builds without an image registry: minimal Debian with tini, and the Node.js and npm
// that run this script.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const IMAGE = 'localhost/tasker-node-base:local';
const SUITE = 'bookworm';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const ENVIRONMENT = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`,
];

function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${error?.message ?? stderr}`);
}

/** The mirror that apt uses here, which is one that can be reached. */
function findMirror() {
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].filter((file) =>
    existsSync(file),
  );
  const urls = sources.flatMap((file) => readFileSync(file, 'utf8').match(/^(?:URIs:|deb)\s+https?:\/\/\S+/gm) ?? []);
  return urls[0]?.replace(/^\S+\s+/, '');
}

function copyNode(filesystem) {
  const npm = join(dirname(realpathSync(spawnSync('which', ['npm'], { encoding: 'utf8' }).stdout.trim())), '..');
  const bin = join(filesystem, 'usr/bin');
  cpSync(process.execPath, join(bin, 'node'));
  cpSync(npm, join(filesystem, 'usr/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  // The certificates that are trusted here are trusted in the build too.
  if (existsSync(CERTIFICATES)) cpSync(CERTIFICATES, join(filesystem, CERTIFICATES));
}

/**
 * Gives the name of the base image; makes it when it is not there yet (about a minute).
 * @returns {string}
 */
export function prepareLocalBase() {
  if (spawnSync('buildah', ['inspect', '--type', 'image', IMAGE], { stdio: 'ignore' }).status === 0) return IMAGE;
  console.log(`making the base image ${IMAGE} with debootstrap`);
  const place = mkdtempSync(join(tmpdir(), 'tasker-base-'));
  const filesystem = join(place, 'root');
  mkdirSync(filesystem);
  try {
    const packages = '--include=tini,ca-certificates,libstdc++6';
    run('debootstrap', ['--variant=minbase', packages, SUITE, filesystem, ...[findMirror() ?? []].flat()]);
    copyNode(filesystem);
    const archive = join(place, 'base.tar');
    run('tar', ['--numeric-owner', '-C', filesystem, '-cf', archive, '.']);
    const container = spawnSync('buildah', ['from', 'scratch'], { encoding: 'utf8' }).stdout.trim();
    run('buildah', ['add', container, archive, '/']);
    run('buildah', ['config', ...ENVIRONMENT.flatMap((pair) => ['--env', pair]), container]);
    run('buildah', ['commit', '--rm', container, IMAGE]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  return IMAGE;
}
