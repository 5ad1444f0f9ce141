/** A store: calls that change the database and may have left messages in the outbox. */
type AsyncCalls<Store> = { [Name in keyof Store]: (...values: never[]) => Promise<unknown> };

/** Gives the store with `wakeRelay` called after each of its calls, those that failed included: their commit may have succeeded. */
export function relayAfter<Store extends AsyncCalls<Store>>(store: Store, wakeRelay: () => void): Store {
  const calls = Object.entries(store as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>);
  const relayed = calls.map(([name, call]) => [name, (...values: unknown[]) => call(...values).finally(wakeRelay)]);
  return Object.fromEntries(relayed) as Store;
}
