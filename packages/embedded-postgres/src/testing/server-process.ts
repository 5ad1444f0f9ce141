import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StartPostgresOptions } from '../start-postgres';

/** Another process that has started a server and holds it. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly server: { pid: number; connectionString: string; isOwner: boolean; dataDirectory: string };
}

const SCRIPT = `
  const { startPostgres } = require(process.argv[1]);
  startPostgres(JSON.parse(process.argv[2])).then((server) => {
    console.log(JSON.stringify(server));
    setInterval(() => {}, 60_000);
  });
`;

/** Starts a server in another process, which needs the built package, and holds it until that process ends. */
export async function startInOtherProcess(
  options: Pick<StartPostgresOptions, 'dataDirectory' | 'settings'>,
  identity: { uid?: number; gid?: number } = {},
): Promise<ServerProcess> {
  const entry = join(__dirname, '../../dist/index.js');
  const child = spawn(process.execPath, ['-e', SCRIPT, entry, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...identity,
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, server: JSON.parse(line) as ServerProcess['server'] };
}
