// pnpm chaos: builds, then has things go wrong for as long as you say, over real processes, and judges what became of every task.
import { parseArgs } from 'node:util';
import { installAndBuild, runPnpm } from './install-and-build.mjs';

const HELP = `Usage: pnpm chaos [options]

Starts PostgreSQL, two orchestrations and three workers, submits, cancels and repairs tasks, and meanwhile kills, freezes and restarts
processes and servers, ends sessions, cancels statements and holds locks. Then every acknowledged task must have ended as it has to.

Options:
  --minutes <number>  how long things go wrong (default: 10)
  --seed <number>     decides what happens, as far as the clock lets it (default: another one each time; it is printed)
  --backend <name>    pgmq, or rabbitmq, whose broker is harmed as well (default: pgmq)
  -h, --help          this text`;

const options = {
  minutes: { type: 'string', default: '10' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  backend: { type: 'string', default: 'pgmq' },
  help: { type: 'boolean', short: 'h', default: false },
};

/** Gives what was asked for. @throws {Error} that says what is wrong and what is possible instead. */
function readOptions() {
  const { values } = parseArgs({ options });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0 && minutes <= 24 * 60))
    throw new Error(`--minutes ${values.minutes}: give a number above 0, at most 1440`);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed}: give a whole number, at least 0`);
  if (!['pgmq', 'rabbitmq'].includes(values.backend))
    throw new Error(`--backend ${values.backend}: give pgmq or rabbitmq`);
  return { ...values, minutes, seed };
}

async function main() {
  const { minutes, seed, backend, help } = readOptions();
  if (help) {
    console.log(HELP);
    return 0;
  }
  await installAndBuild();
  const jest = ['exec', 'jest', '--selectProjects', backend, '--testPathPatterns', 'chaos/chaos'];
  return runPnpm(['--filter', '@tasker/e2e', ...jest], {
    env: { TASKER_CHAOS_SECONDS: String(minutes * 60), TASKER_E2E_SEED: String(seed) },
  });
}

process.exitCode = await main().catch((error) => {
  console.error(error.message);
  return 2;
});
