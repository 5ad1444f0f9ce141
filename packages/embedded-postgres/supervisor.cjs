// Runs one PostgreSQL server on behalf of the process that holds the other end of standard input. A pipe closes
// however its holder dies, SIGKILL included, so the server ends with it and a throw-away directory is removed.
const { spawn } = require('node:child_process');
const { closeSync, openSync, readFileSync, renameSync, rmSync } = require('node:fs');

const FAST_SHUTDOWN_MS = 15_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const LOG_TAIL_LENGTH = 8_192;

const plan = JSON.parse(process.argv[2]);
let child = null;
let stopping = false;

function run({ command, args }, log = 'inherit') {
  return new Promise((resolve) => {
    child = spawn(command, args, { stdio: ['ignore', 'ignore', log], cwd: '/', ...plan.identity });
    child.once('error', (error) => {
      process.stderr.write(`cannot run ${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function requestStop() {
  if (stopping) return;
  stopping = true;
  child?.kill('SIGINT');
  setTimeout(() => child?.kill('SIGQUIT'), FAST_SHUTDOWN_MS).unref();
  setTimeout(() => child?.kill('SIGKILL'), FAST_SHUTDOWN_MS + IMMEDIATE_SHUTDOWN_MS).unref();
}

/** Whoever initialises a directory first wins; the loser's copy is thrown away and the winner's is used. */
function moveIntoPlace(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}

async function supervise() {
  if (plan.initdb !== null) {
    const code = await run(plan.initdb);
    if (code !== 0 || stopping) return code;
    if (plan.initdb.moveTo !== null) moveIntoPlace(plan.initdb.directory, plan.initdb.moveTo);
  }
  return runServer();
}

/** The server logs to a file: a pipe that its reader is too busy to empty would stop it in the middle of a statement. */
async function runServer() {
  const log = openSync(plan.logFile, 'w', 0o600);
  const code = await run(plan.postgres, log);
  closeSync(log);
  if (code !== 0 && !stopping) process.stderr.write(readFileSync(plan.logFile, 'utf8').slice(-LOG_TAIL_LENGTH));
  return code;
}

process.stderr.on('error', () => {});
process.stdin.on('error', requestStop).on('close', requestStop).on('end', requestStop).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, requestStop);

void supervise()
  .catch((error) => {
    process.stderr.write(`${error.message}\n`);
    return 1;
  })
  .then((code) => {
    for (const directory of plan.removeAtEnd) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    process.exit(stopping ? 0 : code || 1);
  });
