import { PermanentError, type StepContext, StepHandler } from '@tasker/worker-sdk';
import { readFlights } from './flights';
import { round } from './group-flights';

/** Result of `extract`: what the steps after it need to read the very same data. */
export interface Extract {
  readonly dataset: string;
  readonly fingerprint: string;
  readonly late_after_minutes: number;
  readonly flights: number;
  readonly first_departure: string;
  readonly last_departure: string;
  readonly mean_delay: number;
}

/** Checks the data set and describes it. Rows are not put into the result: steps pass references, not data. */
export class ExtractFlights extends StepHandler {
  async call(context: StepContext): Promise<Extract> {
    const dataset = context.getInput<string>('dataset') ?? '';
    const { flights, fingerprint } = await readFlights(dataset);
    const dates = flights.map(({ date }) => date).sort();
    const [first] = dates;
    const last = dates.at(-1);
    if (first === undefined || last === undefined) throw new PermanentError(`${dataset} is empty`);
    return {
      dataset,
      fingerprint,
      late_after_minutes: context.getInputOr('late_after_minutes', 15),
      flights: flights.length,
      first_departure: first,
      last_departure: last,
      mean_delay: round(flights.reduce((sum, { delay }) => sum + delay, 0) / flights.length),
    };
  }
}
