import { PermanentError, type StepContext, StepHandler } from '@tasker/worker-sdk';
import type { Extract } from './extract-flights';
import { type Flight, readFlights } from './flights';
import { type DelayGroup, findExtremes, groupFlights } from './group-flights';

/** Result of each grouping step. */
export interface Grouping {
  /** All flights that were grouped. */
  readonly flights: number;
  readonly groups: number;
  readonly worst: DelayGroup;
  readonly best: DelayGroup;
}

/** One class for four steps: the template's `handler.method` says which grouping a step wants. */
export class GroupDelays extends StepHandler {
  call(context: StepContext): Promise<Grouping> {
    return this.byHour(context);
  }

  /** By hour of departure, `00` to `23`. Hours with fewer than 100 flights tell nothing. */
  byHour(context: StepContext): Promise<Grouping> {
    return group(context, ({ date }) => date.slice(11, 13), 100);
  }

  /** By airport of departure, of those with `min_flights`. */
  byAirport(context: StepContext): Promise<Grouping> {
    return group(context, ({ origin }) => origin);
  }

  /** By distance, cut at `limits_miles`. */
  byDistance(context: StepContext): Promise<Grouping> {
    const limits = context.getConfig<number[]>('limits_miles') ?? [1_000];
    return group(context, ({ distance }) => {
      const limit = limits.find((miles) => distance < miles);
      return limit === undefined ? `from ${limits.at(-1)} miles` : `under ${limit} miles`;
    });
  }

  /** By day, of those with `min_flights`. */
  byDay(context: StepContext): Promise<Grouping> {
    return group(context, ({ date }) => date.slice(0, 10).replaceAll('/', '-'));
  }
}

async function group(context: StepContext, keyOf: (flight: Flight) => string, minFlights = 1): Promise<Grouping> {
  const extract = context.getDependencyResult<Extract>('extract');
  if (extract === undefined) throw new PermanentError('there is no extract to group');
  const { flights, fingerprint } = await readFlights(extract.dataset);
  if (fingerprint !== extract.fingerprint) {
    throw new PermanentError(`${extract.dataset} has changed since it was extracted`, { errorType: 'data_changed' });
  }
  const groups = groupFlights(flights, extract.late_after_minutes, keyOf);
  const extremes = findExtremes(groups, context.getConfig<number>('min_flights') ?? minFlights);
  if (extremes === null) throw new PermanentError('no group has enough flights', { errorType: 'too_little_data' });
  return { flights: flights.length, groups: groups.length, ...extremes };
}
