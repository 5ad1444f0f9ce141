import type { PostgresBinaries } from './find-binaries';

/** The arguments of initdb. `durable` makes it flush the new files to disk, which throw-away data does not need. */
export function initdbArguments(directory: string, majorVersion: number, options: { durable: boolean }): string[] {
  const args = ['-D', directory, '-A', 'trust', '-U', 'tasker', '-E', 'UTF8', '--no-instructions'];
  // From release 17 on PostgreSQL brings this locale along; before that the operating system has to have it.
  if (majorVersion >= 17) args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C');
  else args.push(process.platform === 'linux' ? '--locale=C.UTF-8' : '--locale=C');
  if (!options.durable) args.push('--no-sync');
  return args;
}

/** The arguments of postgres: loopback only, no unix socket, durable, and sized for a laptop. `settings` win. */
export function postgresArguments(
  dataDirectory: string,
  port: number,
  binaries: Pick<PostgresBinaries, 'hasStatementStatistics'>,
  settings: Readonly<Record<string, string>>,
): string[] {
  const all: Record<string, string> = {
    shared_buffers: '256MB',
    max_connections: '200',
    max_wal_size: '2GB',
    fsync: 'on',
    synchronous_commit: 'on',
    jit: 'off',
    log_checkpoints: 'off',
    ...(binaries.hasStatementStatistics ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
  };
  return ['-D', dataDirectory, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
