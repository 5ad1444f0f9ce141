import { defineHandler, dependency } from '@tasker/worker-sdk';
import type { Findings } from './aggregate-delays';
import type { DelayGroup } from './group-flights';

function describe({ key, mean_delay, late_percent, flights }: DelayGroup): string {
  return `${key} (${mean_delay} min, ${late_percent} % late, ${flights} flights)`;
}

/** Writes the findings as Markdown. */
export const writeReport = defineHandler(
  'write_report',
  { depends: { all: dependency<Findings>('aggregate') } },
  ({ all: { extract, findings } }) => {
    const [from] = extract.first_departure.split(' ');
    const [to] = extract.last_departure.split(' ');
    const lines = [
      `# Delays of ${extract.flights} flights, ${from} to ${to}`,
      '',
      `Mean delay: ${extract.mean_delay} minutes. Late means more than ${extract.late_after_minutes} minutes.`,
      '',
      '| by | worst | best |',
      '| --- | --- | --- |',
      ...findings.map(({ what, worst, best }) => `| ${what} | ${describe(worst)} | ${describe(best)} |`),
    ];
    return { title: lines[0]?.slice(2) ?? '', markdown: `${lines.join('\n')}\n` };
  },
);
