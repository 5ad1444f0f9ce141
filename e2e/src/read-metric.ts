import type { FleetMember } from '@tasker/testing';

/** Gives the sum of all series of a metric of a process; null when it has none. @throws when nobody answers */
export async function readMetric({ url }: FleetMember, name: string): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}
