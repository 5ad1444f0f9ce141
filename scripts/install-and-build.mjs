// Installs the dependencies and builds the packages. Needs Node.js and npm only: pnpm comes through npx.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const TAIL_LINES = 40;
const elapsed = (startedAt) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;

function pnpmCommand(args, env = {}) {
  return {
    command: process.platform === 'win32' ? 'npx.cmd' : 'npx',
    args: ['--yes', packageManager, ...args],
    options: { cwd: root, env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env } },
  };
}

/** Runs pnpm in the repository's root and waits. Gives its exit status. */
export function runPnpm(args, { env, stdio = 'inherit' } = {}) {
  const pnpm = pnpmCommand(args, env);
  const { status, error } = spawnSync(pnpm.command, pnpm.args, { ...pnpm.options, stdio });
  if (error) throw new Error(`npx could not be started: ${error.message}`, { cause: error });
  return status ?? 1;
}

/** One line that is overwritten on a terminal, and written once when done elsewhere. */
function progressLine(title, quiet) {
  if (quiet) return { done() {}, failed() {} };
  const startedAt = Date.now();
  const live = process.stdout.isTTY === true;
  const draw = () => process.stdout.write(`\r\x1b[K${title} … ${elapsed(startedAt)}`);
  const timer = live ? setInterval(draw, 100) : undefined;
  const end = (word) => {
    clearInterval(timer);
    process.stdout.write(`${live ? '\r\x1b[K' : ''}${title}: ${word} after ${elapsed(startedAt)}\n`);
  };
  return { done: () => end('done'), failed: () => end('failed') };
}

/** Runs pnpm with its output hidden. @throws {Error} with the end of the output when it does not exit with 0. */
async function runHidden(title, args, quiet) {
  const line = progressLine(title, quiet);
  const pnpm = pnpmCommand(args);
  const output = [];
  const status = await new Promise((resolve) => {
    const child = spawn(pnpm.command, pnpm.args, { ...pnpm.options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.on('close', resolve);
  });
  if (status === 0) return line.done();
  line.failed();
  const tail = Buffer.concat(output).toString().trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  throw new Error(`${title} failed (${pnpm.command} ${pnpm.args.join(' ')}). The end of its output:\n${tail}`);
}

function requireNode() {
  const [wanted, have] = [engines.node.replace('>=', ''), process.versions.node];
  if (wanted.localeCompare(have, 'en', { numeric: true }) <= 0) return;
  throw new Error(`Node.js ${wanted} or later is needed, this is ${have}: get one from https://nodejs.org`);
}

/**
 * Installs the dependencies as the lock file says and builds all packages, or those that `filter` names with what they
 * need. Prints one line for each, nothing when `quiet`. Both do almost nothing when nothing has changed.
 *
 * @param {{ filter?: string[], quiet?: boolean }} [options]
 * @returns {Promise<void>}
 * @throws {Error} with the end of the output of what failed.
 */
export async function installAndBuild({ filter = [], quiet = false } = {}) {
  requireNode();
  await runHidden(
    'Installing dependencies',
    ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'],
    quiet,
  );
  const filters = filter.map((name) => `--filter=${name}`);
  await runHidden('Building', ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', ...filters], quiet);
}
