import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(__dirname, '..', 'node_modules', '.cache', 'promtool');
const UNPACKED = join(DIRECTORY, 'usr', 'bin', 'promtool');

function succeeds(command: string, args: readonly string[], cwd?: string): boolean {
  return spawnSync(command, [...args], { cwd, stdio: 'ignore', timeout: 120_000 }).status === 0;
}

/** Unpacks Debian's package without installing it, which would start a server. */
function unpackPromtool(): boolean {
  mkdirSync(DIRECTORY, { recursive: true });
  const download = () => succeeds('apt-get', ['download', 'prometheus'], DIRECTORY);
  return (
    (download() || (succeeds('apt-get', ['update']) && download())) &&
    succeeds('sh', ['-c', 'dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb'], DIRECTORY)
  );
}

/**
 * Gives the command that runs Prometheus' `promtool`: an installed one; with CI=true also that of Debian's package, where apt
 * can get it. Null when there is none, which is said on standard error.
 */
export function findPromtool(): string | null {
  const found = ['promtool', UNPACKED].find((command) => succeeds(command, ['--version']));
  if (found !== undefined) return found;
  if (process.env.CI === 'true' && unpackPromtool()) return UNPACKED;
  process.stderr.write('promtool is not installed, so scrapes are NOT checked by it (Debian: package prometheus)\n');
  return null;
}
