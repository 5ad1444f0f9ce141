import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The programs of an installed RabbitMQ. */
export interface RabbitMqPrograms {
  /** The server's own script: the ones in Debian's `/usr/sbin` switch users and would not run a private node. */
  readonly server: string;
  readonly control: string;
  /** Erlang's port mapper. */
  readonly mapper: string;
  readonly version: string;
}

const DEBIAN = '/usr/lib/rabbitmq/lib';
const ELSEWHERE = ['/opt/homebrew/sbin', '/usr/local/sbin', '/opt/rabbitmq/sbin'];

function findServer(): { server: string; control: string; version: string } | null {
  const release = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).find((name) => name.startsWith('rabbitmq_server-'))
    : undefined;
  const directories = release === undefined ? ELSEWHERE : [join(DEBIAN, release, 'sbin'), ...ELSEWHERE];
  const directory = directories.find((candidate) => existsSync(join(candidate, 'rabbitmq-server')));
  if (directory === undefined) return null;
  return {
    server: join(directory, 'rabbitmq-server'),
    control: join(directory, 'rabbitmqctl'),
    version: release?.replace('rabbitmq_server-', '') ?? 'installed',
  };
}

function findMapper(): string | null {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/opt/homebrew/bin', '/usr/local/bin'];
  const file = directories.map((directory) => join(directory, 'epmd')).find(existsSync);
  if (file !== undefined) return file;
  const erlang = '/usr/lib/erlang';
  const release = existsSync(erlang) ? readdirSync(erlang).find((name) => name.startsWith('erts-')) : undefined;
  const own = release === undefined ? '' : join(erlang, release, 'bin', 'epmd');
  return existsSync(own) ? own : null;
}

/** Gives the programs of an installed RabbitMQ; null when there is none. */
export function findPrograms(): RabbitMqPrograms | null {
  const [found, mapper] = [findServer(), findMapper()];
  return found === null || mapper === null ? null : { ...found, mapper };
}

/** Whether the package can be installed: on Debian and its kin, by root. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Debian starts a server with its package unless a policy forbids it; the machine's own policy comes back afterwards. */
const NO_START = `set -e
policy=/usr/sbin/policy-rc.d
restore() { if [ -e $policy.aside ]; then mv -f $policy.aside $policy; else rm -f $policy; fi; }
trap restore EXIT
trap 'exit 1' INT TERM HUP
if [ -e $policy ] && [ ! -e $policy.aside ]; then mv $policy $policy.aside; fi
printf '#!/bin/sh\\nexit 101\\n' > $policy
chmod 755 $policy
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends rabbitmq-server || {
  apt-get update
  apt-get install -y --no-install-recommends rabbitmq-server
}`;

/** Installs Debian's package; its service is not started. One process at a time. Rejects with what apt-get said. */
export async function installPrograms(): Promise<void> {
  await promisify(execFile)('flock', ['/tmp/tasker-install-rabbitmq.lock', 'sh', '-c', NO_START], {
    maxBuffer: 64 * 1_024 * 1_024,
  });
}
