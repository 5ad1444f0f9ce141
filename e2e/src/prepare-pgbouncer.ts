import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];

function mayInstall(): boolean {
  const isWished = process.env.CI === 'true' || process.env.TASKER_TEST_INSTALL === '1';
  return isWished && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/**
 * Gives the path of PgBouncer; null when it is not there, and says so. As root on Debian it is installed, where `CI` is `true` or
 * `TASKER_TEST_INSTALL` is `1`.
 */
export function preparePgbouncer(): string | null {
  const find = () => PLACES.find((path) => existsSync(path)) ?? null;
  if (find() === null && mayInstall()) {
    const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'pgbouncer'], options);
  }
  const found = find();
  if (found === null) process.stderr.write('PgBouncer is not installed: what goes through it is NOT tested\n');
  return found;
}
