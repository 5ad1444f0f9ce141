import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HandlerRegistry, isHandler, runStep, type StepOutcome } from '@tasker/worker-sdk';
import { type JsonValue, parseTemplate } from '@tasker/workflow';
import * as handlers from './index';

const context = { dataset: 'flights-20k.json' };
const path = join(__dirname, '..', 'templates', 'flight_delays.yaml');
const parsed = parseTemplate(readFileSync(path, 'utf8'), { fileName: path });

function resultOf(outcome: StepOutcome): JsonValue {
  if (outcome.kind === 'failure') throw new Error(outcome.error.message);
  return outcome.result;
}

function registry(): HandlerRegistry {
  const known = new HandlerRegistry();
  for (const exported of Object.values(handlers)) if (isHandler(exported)) known.register(exported);
  return known;
}

/** Runs the template's steps in the order of the file, each with what its dependencies gave. */
async function runPipeline(): Promise<Record<string, JsonValue>> {
  if (!parsed.ok) throw new Error('the template is not valid');
  const known = registry();
  const results: Record<string, JsonValue> = {};
  for (const { name, handler, dependencies } of parsed.template.steps) {
    const outcome = await runStep(known.resolve(handler), {
      context,
      config: handler.initialization,
      dependencies: Object.fromEntries(dependencies.map((from) => [from, results[from] ?? null])),
      ...(handler.method === null ? {} : { method: handler.method }),
    });
    results[name] = resultOf(outcome);
  }
  return results;
}

test('the template is valid', () => {
  expect(parsed).toMatchObject({ ok: true });
});

// The expected numbers were computed from the data set by other means (Python's json and arithmetic).
test('the pipeline gives the known numbers of the data set', async () => {
  const results = await runPipeline();
  expect(results.extract).toMatchObject({
    flights: 20_000,
    first_departure: '2001/01/01 00:47',
    last_departure: '2001/03/31 22:27',
    mean_delay: 7.7,
    late_after_minutes: 15,
  });
  expect(results.delays_by_hour).toMatchObject({
    flights: 20_000,
    groups: 24,
    worst: { key: '23', flights: 171, mean_delay: 26.47, late_percent: 38.6 },
    best: { key: '05', flights: 240, mean_delay: -3.46, late_percent: 5.42 },
  });
  expect(results.delays_by_airport).toMatchObject({
    groups: 220,
    worst: { key: 'JFK', flights: 200, mean_delay: 16.2, late_percent: 33.5 },
    best: { key: 'MSP', flights: 458, mean_delay: 3.95, late_percent: 20.31 },
  });
  expect(results.delays_by_distance).toMatchObject({
    groups: 4,
    worst: { key: 'under 500 miles', flights: 9_162, mean_delay: 7.93, late_percent: 20.32 },
    best: { key: 'from 2000 miles', flights: 883, mean_delay: 3.02, late_percent: 23.44 },
  });
  expect(results.delays_by_day).toMatchObject({
    groups: 90,
    worst: { key: '2001-02-25', flights: 209, mean_delay: 28.52, late_percent: 39.71 },
  });
  expect(results.report).toMatchObject({
    title: 'Delays of 20000 flights, 2001/01/01 to 2001/03/31',
    markdown: expect.stringContaining('| airport | JFK (16.2 min, 33.5 % late, 200 flights) | MSP (3.95 min,'),
  });
});

test('a data set that is not there fails the step for good', async () => {
  expect(await runStep(handlers.ExtractFlights, { context: { dataset: 'flights-9k.json' } })).toMatchObject({
    error: { errorType: 'dataset_not_found', retryable: false },
  });
});

test('a data set that has changed since it was extracted is refused', async () => {
  const extract = { dataset: 'flights-2k.json', fingerprint: 'other', late_after_minutes: 15 };
  expect(await runStep(handlers.GroupDelays, { dependencies: { extract } })).toMatchObject({
    error: { errorType: 'data_changed', retryable: false },
  });
});

test('a grouping that lost flights is not reported on', async () => {
  const grouping = { flights: 9, groups: 1 };
  const dependencies = {
    extract: { flights: 10 },
    delays_by_hour: grouping,
    delays_by_airport: grouping,
    delays_by_distance: grouping,
    delays_by_day: grouping,
  };
  expect(await runStep(handlers.aggregateDelays, { dependencies })).toMatchObject({
    error: { message: 'the grouping by hour saw 9 of 10 flights', retryable: false },
  });
});

test('groups with too few flights are no extremes', () => {
  const flight = { date: '2001/01/01 10:00', distance: 1, origin: 'A', destination: 'B' };
  const flights = [
    { ...flight, delay: 90 },
    { ...flight, delay: 10, origin: 'C' },
    { ...flight, delay: 21, origin: 'C' },
  ];
  const groups = handlers.groupFlights(flights, 15, ({ origin }) => origin);
  expect(groups).toEqual([
    { key: 'A', flights: 1, mean_delay: 90, late_percent: 100 },
    { key: 'C', flights: 2, mean_delay: 15.5, late_percent: 50 },
  ]);
  expect(handlers.findExtremes(groups, 2)?.worst.key).toBe('C');
  expect(handlers.findExtremes(groups, 3)).toBeNull();
});
