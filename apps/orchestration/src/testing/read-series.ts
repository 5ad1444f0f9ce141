import type { TestApi } from './start-api';

/** Gives the value of a series, labels included, as it is scraped; null when there is none. */
export async function readSeries({ url }: Pick<TestApi, 'url'>, series: string): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}
