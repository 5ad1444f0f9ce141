import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeFreePort, until } from '@tasker/testing';

/** A pooler before a server. */
export interface Pgbouncer extends AsyncDisposable {
  /** Reaches what the target's URL reaches, through the pooler. */
  readonly url: string;
}

/** PgBouncer refuses to run as root. */
const NOBODY = 65_534;

function writeConfiguration(target: URL, port: number, directory: string): Promise<void> {
  const lines = [
    '[databases]',
    `* = host=${target.hostname} port=${target.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'pool_mode = transaction',
    'default_pool_size = 10',
    'auth_type = trust',
    `auth_file = ${join(directory, 'users.txt')}`,
  ];
  return writeFile(join(directory, 'pgbouncer.ini'), `${lines.join('\n')}\n`);
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Starts PgBouncer in transaction mode on a free loopback port. @throws with what it wrote when it ends before it accepts */
export async function startPgbouncer(binary: string, targetUrl: string): Promise<Pgbouncer> {
  const url = new URL(targetUrl);
  const port = await takeFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'tasker-pgbouncer-'));
  await chmod(directory, 0o755);
  await writeConfiguration(url, port, directory);
  await writeFile(join(directory, 'users.txt'), `"${url.username}" ""\n`);
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(binary, [join(directory, 'pgbouncer.ini')], { stdio: ['ignore', 'ignore', 'pipe'], ...asNobody });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-10_000);
  });
  await until('PgBouncer accepts connections', () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${output}`);
    return accepts(port);
  });
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await stop(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
