/** Where a command reads and writes; tests give their own. */
export interface Console {
  /** What was asked for. With `--json` nothing else goes there. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** What went wrong, and remarks. */
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The console of this process. */
export function processConsole(): Console {
  return { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: process.env };
}

/** Whether to colour: on a terminal, unless `NO_COLOR` is set (https://no-color.org). */
export function usesColor({ stdout, env }: Console): boolean {
  return stdout.isTTY === true && !env.NO_COLOR;
}

/** Writes one line. */
export function writeLine(stream: NodeJS.WritableStream, line: string): void {
  stream.write(`${line}\n`);
}

/** Writes a value as JSON, indented. */
export function writeJson({ stdout }: Console, value: unknown): void {
  writeLine(stdout, JSON.stringify(value, null, 2));
}
