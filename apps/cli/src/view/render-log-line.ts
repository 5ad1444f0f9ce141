import { styleText } from 'node:util';

const COLORS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;
/** Told by the columns before, or of no use to a person who looks on. */
const HIDDEN = new Set(['timestamp', 'level', 'message', 'service', 'component']);

function readFields(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Turns a line of a process's JSON log into one for people, marked with the process; other lines are only marked. */
export function renderLogLine(service: string, line: string, useColor: boolean): string {
  const fields = readFields(line);
  const mark = `${service.padEnd('orchestration'.length)} |`;
  if (fields === null) return `${mark} ${line}`;
  const { timestamp, level, message } = fields;
  const color = COLORS[level as keyof typeof COLORS] ?? 'gray';
  const label = String(level).toUpperCase().padEnd(5);
  const pairs = Object.entries(fields)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const time = String(timestamp ?? '').slice(11, 23);
  const shownLabel = useColor ? styleText(color, label, { validateStream: false }) : label;
  return `${mark} ${time} ${shownLabel} ${String(message)}${pairs.join('')}`;
}
