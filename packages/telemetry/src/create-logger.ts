import { styleText } from 'node:util';
import { createLogger as createWinstonLogger, format, transports } from 'winston';
import { type LogLevel, logLevels, type ServiceLogger } from './logger';
import { redactFields, redactText } from './redact';

/** What a process logs, and how. */
export interface LoggerOptions {
  /** Names the process in each line, such as `tasker-orchestration`. */
  readonly service: string;
  /** @default 'info' */
  readonly level?: LogLevel;
  /** `json`: one object per line, for machines. `pretty`: one line of text, for terminals. @default 'json' */
  readonly format?: 'json' | 'pretty';
  /** Where lines go. @default standard output */
  readonly stream?: NodeJS.WritableStream;
}

const COLORS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const satisfies Record<
  LogLevel,
  string
>;

function formatPretty(isColored: boolean) {
  return format.printf(({ timestamp, level, message, service: _service, component, ...fields }) => {
    const label = level.toUpperCase().padEnd(5);
    const color = COLORS[level as LogLevel];
    const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    return [
      String(timestamp).slice(11, 23),
      isColored ? styleText(color, label) : label,
      typeof component === 'string' ? `${component}: ${message}${pairs.join('')}` : `${message}${pairs.join('')}`,
    ].join(' ');
  });
}

/**
 * Creates the logger of a process. Each line bears `timestamp`, `level`, `message` and `service`. Secrets are redacted
 * by their keys, and passwords inside of URLs, wherever they come from.
 */
export function createLogger(options: LoggerOptions): ServiceLogger {
  const stream = options.stream ?? process.stdout;
  const isColored = 'isTTY' in stream && stream.isTTY === true;
  const winston = createWinstonLogger({
    level: options.level ?? 'info',
    levels: Object.fromEntries(logLevels.map((level, index) => [level, index])),
    format: format.combine(format.timestamp(), options.format === 'pretty' ? formatPretty(isColored) : format.json()),
    transports: [new transports.Stream({ stream })],
  });

  function withFields(fixed: Record<string, unknown>): ServiceLogger {
    const log =
      (level: LogLevel) =>
      (message: string, fields: Record<string, unknown> = {}) => {
        // Asked first, since winston formats a line before it looks at the level.
        if (!winston.isLevelEnabled(level)) return;
        winston.log({ ...redactFields(fields), ...fixed, level, message: redactText(message) });
      };
    return {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      child: (fields) => withFields({ ...fixed, ...redactFields(fields) }),
    };
  }
  return withFields({ service: options.service });
}
