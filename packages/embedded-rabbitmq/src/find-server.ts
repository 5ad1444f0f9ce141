import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The programs of an installed RabbitMQ. */
export interface RabbitMqPrograms {
  /** The server's own script: the ones in Debian's `/usr/sbin` switch users and would not run a private node. */
  readonly server: string;
  /** Erlang's port mapper. */
  readonly mapper: string;
  readonly version: string;
}

const DEBIAN = '/usr/lib/rabbitmq/lib';
const ELSEWHERE = ['/opt/homebrew/sbin', '/usr/local/sbin', '/opt/rabbitmq/sbin'];

function findServer(): { server: string; version: string } | null {
  const release = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).find((name) => name.startsWith('rabbitmq_server-'))
    : undefined;
  if (release !== undefined) {
    return {
      server: join(DEBIAN, release, 'sbin', 'rabbitmq-server'),
      version: release.replace('rabbitmq_server-', ''),
    };
  }
  const directory = ELSEWHERE.find((candidate) => existsSync(join(candidate, 'rabbitmq-server')));
  return directory === undefined ? null : { server: join(directory, 'rabbitmq-server'), version: 'installed' };
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

/** Debian starts a server with its package unless this forbids it. */
const NO_START = `set -e
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
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
