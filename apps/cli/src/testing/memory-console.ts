import { Writable } from 'node:stream';
import type { Console } from '../console';

/** A console in memory, and what was written to it. */
export interface MemoryConsole extends Console {
  output(): string;
  errors(): string;
}

function collect(): Writable & { text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return Object.assign(stream, { text: () => chunks.join('') });
}

/** Gives a console that is no terminal. */
export function createMemoryConsole(env: Record<string, string> = {}, input: readonly string[] = []): MemoryConsole {
  const [stdout, stderr] = [collect(), collect()];
  async function* stdin() {
    yield* input;
  }
  return { stdout, stderr, stdin: stdin(), env, output: stdout.text, errors: stderr.text };
}
