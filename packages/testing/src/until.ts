/** How {@link until} looks. */
export interface UntilOptions {
  /** Pause between two looks. @default 20 — milliseconds */
  readonly intervalMs?: number;
  /** When to give up; generous, since a busy machine is no failure. @default 60_000 — milliseconds */
  readonly deadlineMs?: number;
}

/**
 * Looks until `find` gives something other than null, undefined or false, and gives that.
 *
 * @param what - completes the sentence "gave up waiting until …"
 * @throws when the deadline has passed, or what `find` throws
 */
export async function until<Found>(
  what: string,
  find: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  { intervalMs = 20, deadlineMs = 60_000 }: UntilOptions = {},
): Promise<Found> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await find();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
