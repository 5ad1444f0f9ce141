import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PermanentError } from '@tasker/worker-sdk';

/** One flight as the data set has it. */
export interface Flight {
  /** Scheduled departure, `YYYY/MM/DD HH:MM`. */
  readonly date: string;
  /** Minutes; negative when early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** A data set with the fingerprint of its bytes. */
export interface FlightData {
  readonly flights: readonly Flight[];
  /** SHA-256 in hex. */
  readonly fingerprint: string;
}

const DATE = /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}$/;

/** The folder of the data sets, wherever this worker has them installed. */
function dataDirectory(): string {
  return join(dirname(require.resolve('vega-datasets')), '..', 'data');
}

/**
 * Reads a data set of the `vega-datasets` package.
 * @throws {PermanentError} when it is not there, or a row is not a flight.
 */
export async function readFlights(dataset: string): Promise<FlightData> {
  const bytes = await readFile(join(dataDirectory(), dataset)).catch((cause: unknown) => {
    throw new PermanentError(`there is no data set ${dataset}`, { errorType: 'dataset_not_found', cause });
  });
  const rows: unknown = JSON.parse(bytes.toString('utf8'));
  if (!Array.isArray(rows)) throw new PermanentError(`${dataset} is not a list of flights`, { errorType: 'bad_data' });
  const wrong = rows.findIndex((row) => !isFlight(row));
  if (wrong !== -1) throw new PermanentError(`row ${wrong + 1} of ${dataset} is no flight`, { errorType: 'bad_data' });
  return { flights: rows as Flight[], fingerprint: createHash('sha256').update(bytes).digest('hex') };
}

function isFlight(row: unknown): row is Flight {
  if (typeof row !== 'object' || row === null) return false;
  const { date, delay, distance, origin, destination } = row as Record<string, unknown>;
  return (
    typeof date === 'string' &&
    DATE.test(date) &&
    Number.isFinite(delay) &&
    Number.isFinite(distance) &&
    typeof origin === 'string' &&
    typeof destination === 'string'
  );
}
