// The two ways to build and run an image, behind one interface.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { prepareLocalBase } from './local-base.mjs';

const answers = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const pairs = (flag, values) => Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${error?.message ?? `exit status ${status}`}`);
}

function read(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${stderr}`);
  return stdout.trim();
}

const buildOptions = ({ file, target, tags, buildArguments }) => [
  ...['--file', file],
  ...(target === undefined ? [] : ['--target', target]),
  ...tags.flatMap((tag) => ['--tag', tag]),
  ...pairs('--build-arg', buildArguments),
];

const docker = {
  name: 'Docker',
  prepareBase: () => 'node:20-bookworm-slim',
  reference: (image) => image,
  build: (image) => run('docker', ['build', ...buildOptions(image), image.context]),
  start(image, variables, command = []) {
    const options = ['--rm', '--network', 'host', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'];
    return spawn('docker', ['run', ...options, ...pairs('--env', variables), image, ...command]);
  },
  terminate: (child) => child.kill('SIGTERM'),
};

/** `buildah run` leaves out the image's entrypoint, so it is read from the image. */
function commandOf(image, command) {
  const { config } = JSON.parse(read('buildah', ['inspect', '--type', 'image', image])).OCIv1;
  return [...(config.Entrypoint ?? []), ...(command.length > 0 ? command : (config.Cmd ?? []))];
}

/** The name and the parent of a process, as Linux tells them; null when it has ended. */
function readProcess(pid) {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return { pid: Number(pid), name, parent: Number(parent) };
  } catch {
    return null;
  }
}

/** Finds the first process of a container below the process that started it. */
function findFirstProcess(ancestor, name) {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const processes = pids.map(readProcess).filter((found) => found !== null);
  const below = new Set([ancestor]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  return processes.find((found) => below.has(found.pid) && found.name === name)?.pid;
}

const buildah = {
  name: 'buildah',
  prepareBase: prepareLocalBase,
  reference: (image) => `localhost/${image}`,
  build(image) {
    // The format of Docker has health checks, that of OCI has none.
    const options = ['--pull-never', '--isolation', 'chroot', '--network', 'host', '--format', 'docker', '--layers'];
    run('buildah', ['bud', ...options, ...buildOptions(image), image.context]);
  },
  start(image, variables, command = []) {
    const container = read('buildah', ['from', '--pull-never', `localhost/${image}`]);
    const options = ['--isolation', 'chroot', '--user', '10001:10001', ...pairs('--env', variables)];
    const child = spawn('buildah', ['run', ...options, container, '--', ...commandOf(`localhost/${image}`, command)]);
    child.once('close', () => spawnSync('buildah', ['rm', container], { stdio: 'ignore' }));
    return child;
  },
  /** `buildah run` kills what it runs when it is told to end, so the first process of the container is told. */
  terminate(child) {
    const pid = findFirstProcess(child.pid, 'tini');
    if (pid === undefined) throw new Error('the container has no first process tini');
    process.kill(pid, 'SIGTERM');
  },
};

/** Gives the engine to use, or null and what is missing for each. */
export function findEngine() {
  if (answers('docker', ['info'])) return { engine: docker, missing: [] };
  const missing = ['no Docker engine answers `docker info`'];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) missing.push('buildah in chroot isolation wants root');
  if (!answers('buildah', ['--version']))
    missing.push('buildah is not installed (apt-get install buildah debootstrap)');
  return isRoot && missing.length === 1 ? { engine: buildah, missing: [] } : { engine: null, missing };
}
