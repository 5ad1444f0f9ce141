const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Gives the milliseconds of a duration such as `1m30s`. @throws {Error} when it is none */
export function readDurationMs(text: string): number {
  if (!/^(\d+(ms|[smh]))+$/.test(text)) throw new Error(`${text} is not a duration`);
  const parts = [...text.matchAll(/(\d+)(ms|[smh])/g)];
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
}
