// Runs one RabbitMQ node and its port mapper on behalf of the process at the other end of the channel. The channel closes however
// its holder dies, SIGKILL included, so both end with it and the throw-away directory is removed.
const { spawn } = require('node:child_process');
const { closeSync, openSync, rmSync } = require('node:fs');

const GRACEFUL_STOP_MS = 10_000;

const plan = JSON.parse(process.argv[2]);
let node = null;
let nodeEnd = Promise.resolve();
let isStopping = false;

/**
 * In groups of their own, so that a signal reaches the emulator and what it has started. The script in front and the
 * emulator hold the last pipe, so 'close' comes when both are gone: the emulator keeps its ports and name until then.
 */
function run(command, args, log) {
  const child = spawn(command, args, {
    stdio: ['ignore', log, log, 'pipe'],
    cwd: '/',
    env: plan.env,
    detached: true,
    ...plan.identity,
  });
  child.once('error', (error) => tell({ kind: 'failed', message: `cannot run ${command}: ${error.message}` }));
  return child;
}

function tell(message) {
  if (process.connected) process.send(message);
}

function signal(child, name) {
  try {
    if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
  } catch {
    // It has ended in this moment.
  }
}

function startNode() {
  const log = openSync(plan.logFile, 'a', 0o600);
  node = run(plan.server, [], log);
  closeSync(log);
  nodeEnd = new Promise((resolve) => {
    node.once('close', resolve);
    node.once('error', resolve);
  });
  void nodeEnd.then(() => tell({ kind: 'ended' }));
}

const mapper = run(plan.mapper.command, plan.mapper.args, 'ignore');

async function stop() {
  if (isStopping) return;
  isStopping = true;
  signal(node, 'SIGCONT');
  signal(node, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(node, 'SIGKILL'), GRACEFUL_STOP_MS);
  await nodeEnd;
  clearTimeout(timer);
  // What the emulator has started does not hold the pipe.
  signalGroup(node, 'SIGKILL');
  signal(mapper, 'SIGKILL');
  rmSync(plan.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(0);
}

function signalGroup(child, name) {
  try {
    if (child?.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // Nobody is left in it.
  }
}

const verbs = {
  start: startNode,
  kill: () => signalGroup(node, 'SIGKILL'),
  freeze: () => signalGroup(node, 'SIGSTOP'),
  thaw: () => signalGroup(node, 'SIGCONT'),
  stop,
};

process.on('message', (verb) => {
  verbs[verb]?.();
  tell({ kind: 'obeyed' });
});
process.on('disconnect', stop);
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, stop);
startNode();
