import { defineHandler, dependency, PermanentError } from '@tasker/worker-sdk';
import type { Extract } from './extract-flights';
import type { Grouping } from './group-delays';
import type { DelayGroup } from './group-flights';

/** What a reader wants to know of one grouping. */
export interface Finding {
  readonly what: string;
  readonly worst: DelayGroup;
  readonly best: DelayGroup;
}

/** Result of `aggregate`. */
export interface Findings {
  readonly extract: Extract;
  readonly findings: readonly Finding[];
}

/** Puts the groupings together; the step fails for good when one of them did not see every flight. */
export const aggregateDelays = defineHandler(
  'aggregate_delays',
  {
    depends: {
      extract: dependency<Extract>('extract'),
      hour: dependency<Grouping>('delays_by_hour'),
      airport: dependency<Grouping>('delays_by_airport'),
      distance: dependency<Grouping>('delays_by_distance'),
      day: dependency<Grouping>('delays_by_day'),
    },
  },
  ({ extract, hour, airport, distance, day }): Findings => {
    const groupings = { hour, airport, distance, day };
    const findings = Object.entries(groupings).map(([what, { flights, worst, best }]) => {
      if (flights !== extract.flights) {
        throw new PermanentError(`the grouping by ${what} saw ${flights} of ${extract.flights} flights`);
      }
      return { what, worst, best };
    });
    return { extract, findings };
  },
);
