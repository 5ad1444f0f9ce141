/** What stands between a caller and something that may be away, such as a circuit breaker. */
export interface Guard {
  /** Settles as `call` does, or rejects without calling it. */
  execute<Value>(call: () => Promise<Value>): Promise<Value>;
}

/** The part of a pool or client that is guarded. */
interface Queryable {
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of the driver's method are kept as they are
  query(...values: any[]): any;
}

/**
 * Gives a database of which every statement goes through the guard. A statement that the guard refuses was not sent, so its
 * caller may repeat it without harm. The pool or client stays the caller's.
 */
export function guardDatabase<Client extends Queryable>(client: Client, guard: Guard): Pick<Client, 'query'> {
  return { query: (...values: Parameters<Client['query']>) => guard.execute(async () => client.query(...values)) };
}
