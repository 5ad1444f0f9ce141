import type { Backend, Contender } from './contender';
import { type Figure, latencyFigure, type RateRound, rateFigure } from './figures';
import { measureLatency, PACES } from './measure-latency';
import { SCENARIOS, type Scenario } from './scenarios';

/** How much to measure. */
export interface RoundOptions {
  readonly rounds: number;
  /** Shrinks the work of each measurement. */
  readonly scale: number;
  /** Hears what is measured next. */
  onProgress(text: string): void;
}

const WARM_UP_SCALE = 0.1;

async function measureOnce(contender: Contender, scenario: Scenario, scale: number): Promise<number> {
  const queue = 'bench_rate';
  await contender.createQueue(queue);
  try {
    return await scenario.measure(contender, queue, scale);
  } finally {
    await contender.deleteQueue(queue);
  }
}

async function measureRound({ library, bare }: Backend, scenario: Scenario, scale: number): Promise<RateRound> {
  return {
    library: await measureOnce(library, scenario, scale),
    bare: bare === null ? null : await measureOnce(bare, scenario, scale),
  };
}

/** Goes through the scenarios once for each round, so that a slow minute does not hit all rounds of one. */
async function measureRates(backends: readonly Backend[], options: RoundOptions): Promise<Figure[]> {
  const series = SCENARIOS.flatMap((scenario) =>
    backends.map((backend) => ({ scenario, backend, rounds: [] as RateRound[] })),
  );
  for (let round = 0; round <= options.rounds; round += 1) {
    const [title, scale] = round === 0 ? ['warm-up', WARM_UP_SCALE * options.scale] : [`round ${round}`, options.scale];
    for (const { scenario, backend, rounds } of series) {
      options.onProgress(`${title}: ${backend.library.name}, ${scenario.name}`);
      const measured = await measureRound(backend, scenario, scale);
      if (round > 0) rounds.push(measured);
    }
  }
  return series.map(({ scenario, backend, rounds }) => rateFigure(backend.library.name, scenario.name, rounds));
}

async function measureLatencies(backends: readonly Backend[], options: RoundOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const backend of backends) {
    for (const pace of PACES) {
      const tookMs: number[] = [];
      for (let round = 1; round <= options.rounds; round += 1) {
        options.onProgress(`round ${round}: ${backend.library.name}, ${pace.name}`);
        const queue = 'bench_latency';
        tookMs.push(
          ...(await measureLatency(backend, queue, { ...pace, count: Math.ceil(pace.count * options.scale) })),
        );
        await backend.library.deleteQueue(queue);
      }
      figures.push(latencyFigure(backend.library.name, pace.name, tookMs));
    }
  }
  return figures;
}

/** Measures everything, library and bare driver in turns, so that what else the machine does hits both. */
export async function runRounds(backends: readonly Backend[], options: RoundOptions): Promise<readonly Figure[]> {
  return [...(await measureRates(backends, options)), ...(await measureLatencies(backends, options))];
}
