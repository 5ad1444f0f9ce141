import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@iarna/toml';
import type { ConfigNode } from './config-tree';
import { ConfigError } from './errors';

/** What the parser throws; its places count from 0. */
interface TomlSyntaxError {
  readonly message: string;
  readonly line?: number;
  readonly col?: number;
}

/**
 * Gives the tables of a directory's `.toml` files, in the order of their names; none when there is no such directory.
 * @throws {ConfigError} with the place of each syntax error; never with text of the file, which may hold secrets
 */
export function readTomlDirectory(directory: string): readonly ConfigNode[] {
  const problems: ConfigError[] = [];
  const nodes = listTomlFiles(directory).flatMap((name) => {
    try {
      return [readTomlFile(join(directory, name))];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error);
      return [];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems.flatMap((error) => error.problems));
  return nodes;
}

function listTomlFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.toml'))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new ConfigError([{ source: directory, key: '', message: 'cannot be read' }], { cause });
  }
}

function readTomlFile(file: string): ConfigNode {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([{ source: file, key: '', message: 'cannot be read' }], { cause });
  }
  return parseToml(content, file);
}

/** Gives a TOML document as a tree whose values come from `source`. @throws {ConfigError} with the place of a syntax error */
export function parseToml(content: string, source: string): ConfigNode {
  try {
    return toNode(parse(content), source);
  } catch (error) {
    const { message, line = 0, col = 0 } = error as TomlSyntaxError;
    // The rest of the message shows the lines around, and no cause is kept for the same reason.
    const reason = message.replace(/ at row [\s\S]*/, '');
    throw new ConfigError([{ source: `${source}:${line + 1}:${col + 1}`, key: '', message: reason }]);
  }
}

function toNode(value: unknown, source: string): ConfigNode {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
    return { kind: 'leaf', value: toPlain(value), source, isText: false };
  }
  const children = Object.entries(value).map(([name, child]) => [name, toNode(child, source)] as const);
  return { kind: 'table', source, children: new Map(children) };
}

/** Numbers beyond 2^53 come as big integers, and instants as dates, neither of which JSON knows. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, toPlain(child)]));
}
