import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { RabbitMqPrograms } from './find-server';

/** What the supervising process runs, and what it leaves behind. */
export interface NodePlan {
  readonly directory: string;
  readonly logFile: string;
  readonly server: string;
  readonly mapper: { readonly command: string; readonly args: readonly string[] };
  readonly env: Readonly<Record<string, string>>;
  /** Who runs it; empty: as ourselves. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
}

/** Small enough for a test machine; quorum queues work as they do elsewhere. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  'vm_memory_high_watermark.relative': '0.5',
  'disk_free_limit.absolute': '50MB',
  'raft.wal_max_size_bytes': '64000000',
  'log.file.level': 'warning',
};
const LOOPBACK_ONLY = '-kernel inet_dist_use_interface {127,0,0,1}';

/** Below the ports that systems give away: a node takes seconds to listen, and leaves its ports during a restart. */
const [FIRST_PORT, LAST_PORT] = [30_000, 32_767];

async function listenSomewhere(): Promise<Server> {
  for (;;) {
    const server = createServer();
    const isListening = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(randomInt(FIRST_PORT, LAST_PORT + 1), '127.0.0.1', () => resolve(true));
    });
    if (isListening) return server;
  }
}

async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Root runs it as nobody, who may do nothing else here. */
function decideIdentity(): NodePlan['identity'] {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number.parseInt(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }), 10);
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/**
 * Gives the plan of a node with a name, ports and directories of its own, which listens on the loopback interface only.
 *
 * @param settings keys of `rabbitmq.conf`, which win over the defaults.
 */
export async function planNode(
  programs: RabbitMqPrograms,
  settings: Readonly<Record<string, string>>,
): Promise<NodePlan & { readonly port: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'tasker-rabbitmq-'));
  const [port = 0, distributionPort = 0, mapperPort = 0] = await findFreePorts(3);
  const identity = decideIdentity();
  const inside = (name: string) => join(directory, name);
  await mkdir(inside('data'));
  await mkdir(inside('log'));
  await writeFile(inside('enabled_plugins'), '[].');
  const lines = Object.entries({ ...CONFIGURATION, ...settings }).map(([key, value]) => `${key} = ${value}\n`);
  await writeFile(inside('rabbitmq.conf'), lines.join(''));
  const { uid, gid } = identity;
  if (uid !== undefined && gid !== undefined) {
    const owned = [directory, inside('data'), inside('log'), inside('enabled_plugins'), inside('rabbitmq.conf')];
    await Promise.all(owned.map((path) => chown(path, uid, gid)));
  }
  return {
    port,
    directory,
    identity,
    logFile: inside('server.log'),
    server: programs.server,
    mapper: { command: programs.mapper, args: ['-port', String(mapperPort), '-address', '127.0.0.1'] },
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LC_ALL: 'C.UTF-8',
      HOME: directory,
      // The name of the directory is nobody else's.
      RABBITMQ_NODENAME: `${basename(directory).toLowerCase()}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distributionPort),
      RABBITMQ_MNESIA_BASE: inside('data'),
      RABBITMQ_LOG_BASE: inside('log'),
      RABBITMQ_CONFIG_FILE: inside('rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: inside('enabled_plugins'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_PID_FILE: inside('pid'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${LOOPBACK_ONLY} +S 2:2`,
      RABBITMQ_CTL_ERL_ARGS: LOOPBACK_ONLY,
      ERL_EPMD_PORT: String(mapperPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    },
  };
}
