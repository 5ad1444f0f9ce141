import { Command, Option } from 'commander';
import { describeMachine } from '../describe-machine';
import { renderFigures } from './render-figures';
import { runRounds } from './run-rounds';
import { BACKEND_NAMES, type BackendName, startBackends } from './start-backends';

interface MessagingOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly only?: BackendName;
}

async function run({ json, quick, only }: MessagingOptions): Promise<void> {
  await using started = await startBackends(only ? [only] : BACKEND_NAMES);
  const { backends, servers, brokerProblem } = started;
  const machine = `${describeMachine()}, ${servers}`;
  const warning = brokerProblem === null ? null : `!!! RABBITMQ IS NOT MEASURED, THERE IS NO BROKER: ${brokerProblem}`;
  console.error(machine);
  if (warning !== null) console.error(warning);
  const onProgress = (text: string) => console.error(text);
  const figures = await runRounds(backends, { rounds: quick ? 1 : 3, scale: quick ? 0.2 : 1, onProgress });
  if (json) console.log(JSON.stringify({ machine, brokerProblem, figures }, null, 2));
  else console.log([machine, ...(warning === null ? [] : [warning]), '', renderFigures(figures)].join('\n'));
}

/** Gives the command `messaging`. */
export function messagingCommand(): Command {
  return new Command('messaging')
    .description(
      'Measures sending, taking and latency through PGMQ, RabbitMQ and memory, from this one process, beside the bare drivers. ' +
        'On DATABASE_URL or a throw-away PostgreSQL, and on RABBITMQ_URL, a container or a throw-away node of an installed RabbitMQ.',
    )
    .option('--json', 'print the figures as JSON', false)
    .option('--quick', 'a fifth of the work, one round', false)
    .addOption(new Option('--only <backend>', 'measure one of them').choices(BACKEND_NAMES))
    .action((options: MessagingOptions) => run(options));
}
