import { flag, integer, section, text } from '@tasker/config';
import { DAY_S, MINUTE_MS } from './durations';
import { DATABASE_URL } from './forms';

const queryCache = section('The cache of templates and of queries whose answers seldom change.', {
  enabled: flag('Whether answers are kept; without it each is read anew.', true),
  max_size: integer('Answers kept at the most; the one that was not used for longest goes first.', {
    default: 1_000,
    minimum: 1,
    maximum: 1_000_000,
  }),
  ttl_seconds: integer('Seconds after which an answer is read anew, whatever was heard of changes.', {
    default: 300,
    minimum: 1,
    maximum: DAY_S,
  }),
});

/** `[database]` */
export const databaseSchema = section('The PostgreSQL database, and the pool of connections of each process.', {
  url: text('Where the database is; it may go through a transaction pooler.', {
    default: '',
    'x-secret': true,
    ...DATABASE_URL,
  }),
  listen_url: text('A direct connection for LISTEN when url goes through a pooler; empty means url.', {
    default: '',
    'x-secret': true,
    ...DATABASE_URL,
  }),
  max_connections: integer('Connections of the pool at the most; a worker has worker.database.max_connections.', {
    default: 10,
    minimum: 2,
    maximum: 1_000,
  }),
  min_connections: integer('Connections that the pool keeps open, however idle; never more than its maximum.', {
    default: 0,
    minimum: 0,
    maximum: 1_000,
  }),
  connection_timeout_ms: integer('Milliseconds to wait for a connection before the query fails.', {
    default: 5_000,
    minimum: 100,
    maximum: 10 * MINUTE_MS,
  }),
  idle_timeout_seconds: integer('Seconds after which an idle connection above the minimum is closed; 0 keeps it.', {
    default: 600,
    minimum: 0,
    maximum: DAY_S,
  }),
  max_lifetime_seconds: integer('Seconds after which a connection is replaced by a new one; 0 keeps it for ever.', {
    default: 1_800,
    minimum: 0,
    maximum: 7 * DAY_S,
  }),
  query_cache: queryCache,
});
