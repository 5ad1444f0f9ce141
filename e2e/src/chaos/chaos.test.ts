import { canStartRabbitMqNode, startRabbitMqNode } from '@tasker/embedded-rabbitmq';
import { createRandom } from '../create-random';
import { startChaosSystem } from './chaos-system';
import { findFaults } from './judge';
import { runChaos } from './run-chaos';

/** `pnpm chaos` sets both, and wants to see what happens. */
const SECONDS = Number(process.env.TASKER_CHAOS_SECONDS ?? 15);
const SEED = Number(process.env.TASKER_E2E_SEED ?? 20_260_729);
const isCommand = process.env.TASKER_CHAOS_SECONDS !== undefined;
/** To start, to settle and to judge. */
const REST_MS = 300_000;

const hasNode = process.env.TASKER_E2E_BACKEND === 'rabbitmq' && canStartRabbitMqNode();

test(
  'whatever goes wrong, every acknowledged task ends as it has to',
  async () => {
    await using broker = hasNode ? await startRabbitMqNode() : null;
    const chaos = await startChaosSystem(broker, createRandom(SEED));
    await using _system = chaos.system;
    const lines: string[] = [];
    const tell = (line: string) => {
      lines.push(line);
      if (isCommand) process.stderr.write(`${line}\n`);
    };
    tell(`seed ${SEED}`);
    try {
      const record = await runChaos(chaos, { seed: SEED, durationMs: SECONDS * 1_000, tell });
      const { planned, cancelled, disturbances, settledAfterMs } = record;
      tell(
        `${planned.size} tasks, ${cancelled.size} cancelled, ${disturbances} disturbances; ` +
          `settled ${Math.round(settledAfterMs)} ms after the last`,
      );
      expect(await findFaults(chaos, planned, cancelled)).toEqual([]);
      await chaos.system.expectInvariants();
      expect(disturbances).toBeGreaterThan(0);
    } catch (error) {
      if (!isCommand) process.stderr.write(`${lines.join('\n')}\n`);
      throw error;
    }
  },
  SECONDS * 1_000 + REST_MS,
);
