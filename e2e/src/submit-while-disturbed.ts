import { createRandom } from './create-random';
import type { Shape } from './shapes';
import type { System } from './start-system';
import { submitUntilAcknowledged } from './submit-until-acknowledged';

/** Decides when to disturb; another one gives other moments. */
const SEED = Number(process.env.TASKER_E2E_SEED ?? 20_260_729);
/** How often an acknowledged task is followed by a disturbance. */
const PROBABILITY = 0.06;
const CLIENTS = 3;

/**
 * Submits tasks of the shapes in turn over three connections and calls `disturb` in between, never twice at once.
 * Gives the ids of all acknowledged tasks when the last disturbance is over.
 */
export async function submitWhileDisturbed(
  { fleet }: System,
  { shapes, tasks }: { readonly shapes: readonly Shape[]; readonly tasks: number },
  disturb: () => Promise<void>,
): Promise<readonly string[]> {
  const random = createRandom(SEED);
  const urls = fleet.orchestrations.map(({ url }) => url);
  const acknowledged: string[] = [];
  let next = 0;
  let disturbing = Promise.resolve();
  const client = async () => {
    while (next < tasks) {
      const number = next++;
      const name = shapes[number % shapes.length]?.name ?? '';
      acknowledged.push(await submitUntilAcknowledged(urls, name, { n: 2 }, `task ${number}`));
      if (random.isLucky(PROBABILITY)) disturbing = disturbing.then(disturb);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await disturbing;
  return acknowledged;
}
