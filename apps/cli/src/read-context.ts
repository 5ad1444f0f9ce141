import { readFile } from 'node:fs/promises';
import type { JsonObject } from '@tasker/workflow';
import type { Console } from './console';
import { messageOf, usageError } from './errors';

/** Where a task's input comes from. */
export interface ContextSource {
  /** JSON as an argument. */
  readonly context?: string;
  /** A file with JSON, or `-` for standard input. */
  readonly contextFile?: string;
}

async function readStdin(stdin: Console['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

async function readText(source: ContextSource, console: Console): Promise<{ text: string; from: string } | null> {
  const { context, contextFile } = source;
  if (context !== undefined && contextFile !== undefined) {
    throw usageError('--context and --context-file are both given: give one of them');
  }
  if (context !== undefined) return { text: context, from: '--context' };
  if (contextFile === undefined) return null;
  if (contextFile === '-') return { text: await readStdin(console.stdin), from: 'standard input' };
  const text = await readFile(contextFile, 'utf8').catch((cause: unknown) => {
    throw usageError(`cannot read ${contextFile}: ${messageOf(cause)}`, { cause });
  });
  return { text, from: contextFile };
}

/** Reads a task's input; `{}` when none is given. @throws {CliError} when it cannot be read or is no JSON object. */
export async function readContext(source: ContextSource, console: Console): Promise<JsonObject> {
  const given = await readText(source, console);
  if (given === null) return {};
  const value = parse(given);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw usageError(`${given.from} is no JSON object: the context looks like '{"order_id": "A-1"}'`);
}

function parse({ text, from }: { text: string; from: string }): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw usageError(`${from} is not JSON: ${messageOf(cause)}`, { cause });
  }
}
