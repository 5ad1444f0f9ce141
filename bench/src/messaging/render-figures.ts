import type { Figure, LatencyFigure, RateFigure } from './figures';

const rounded = (value: number) => Math.round(value).toLocaleString('en-US');
const withSpread = ({ median, spread: [low, high] }: { median: number; spread: readonly [number, number] }) =>
  `${rounded(median)} (${rounded(low)}–${rounded(high)})`;

function rateCells(figure: RateFigure): string[] {
  const bare = figure.bare === null ? '–' : withSpread(figure.bare);
  return [figure.backend, figure.scenario, withSpread(figure), bare, figure.ratio?.toFixed(2) ?? '–'];
}

function latencyCells({ backend, scenario, count, p50Ms, p95Ms, p99Ms }: LatencyFigure): string[] {
  return [backend, scenario, ...[p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(1)), rounded(count)];
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Gives the figures as two tables, rates and times. */
export function renderFigures(figures: readonly Figure[]): string {
  const rates = figures.flatMap((figure) => (figure.kind === 'rate' ? [rateCells(figure)] : []));
  const times = figures.flatMap((figure) => (figure.kind === 'latency' ? [latencyCells(figure)] : []));
  return [
    renderTable([['backend', 'what', 'messages/s (lowest–highest)', 'bare driver', 'library/bare'], ...rates]),
    renderTable([['backend', 'send to handler', 'p50 ms', 'p95 ms', 'p99 ms', 'messages'], ...times]),
  ].join('\n\n');
}
