import { type Database, selectRow } from './database';
import { sqlStatement } from './load-sql';

/** What a database has been asked to do lately, and the connections of its server. */
export interface MeasuredLoad {
  readonly tasksPerSecond: number;
  /** Attempts of steps per task, retries included; null without tasks. */
  readonly attemptsPerTask: number | null;
  /** Milliseconds of an attempt on average, its report included; null without attempts that ended. */
  readonly attemptMs: number | null;
  /** The most results of steps that one orchestration has applied within a second; null without any. It may carry more. */
  readonly busiestStepsPerSecond: number | null;
  /** The setting `max_connections` of the server. */
  readonly maxConnections: number;
  /** Those of them that are kept for superusers. */
  readonly reservedConnections: number;
  /** Connections of clients at the moment, to all databases of the server. */
  readonly connectionsInUse: number;
}

/** Tasks whose attempts are looked into: the cost is that of their rows, whatever the tables hold. */
const SAMPLED_TASKS = 500;
/** Tasks whose results are counted: enough for some seconds of what an orchestration carries. */
const COUNTED_TASKS = 10_000;

interface LoadRow {
  readonly tasks_per_second: number;
  readonly attempts_per_task: number | null;
  readonly attempt_ms: number | null;
  readonly busiest_steps_per_second: number | null;
  readonly max_connections: number;
  readonly reserved_connections: number;
  readonly connections_in_use: number;
}

/**
 * Measures the load of the last seconds.
 *
 * @param windowSeconds - how far to look back: at least one second
 */
export async function measureLoad(database: Database, windowSeconds: number): Promise<MeasuredLoad> {
  const row = await selectRow<LoadRow>(
    database,
    sqlStatement('measure-load', [windowSeconds, SAMPLED_TASKS, COUNTED_TASKS]),
  );
  return {
    tasksPerSecond: row.tasks_per_second,
    attemptsPerTask: row.attempts_per_task,
    attemptMs: row.attempt_ms,
    busiestStepsPerSecond: row.busiest_steps_per_second,
    maxConnections: row.max_connections,
    reservedConnections: row.reserved_connections,
    connectionsInUse: row.connections_in_use,
  };
}
