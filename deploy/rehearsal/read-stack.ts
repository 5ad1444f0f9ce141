import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

type Node = string | number | boolean | null | readonly Node[] | { readonly [key: string]: Node };
type Mapping = { readonly [key: string]: Node };

/** A service of a stack as its files have it: only what a rehearsal reads. */
export interface StackService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: {
    readonly test: readonly string[];
    readonly interval: string;
    readonly timeout: string;
    readonly retries: number;
    readonly start_period?: string;
  };
  readonly networks?: Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
  readonly deploy?: {
    readonly mode?: string;
    readonly replicas?: number;
    readonly update_config?: { readonly parallelism?: number; readonly order?: 'start-first' | 'stop-first' };
  };
}

/** Several Compose files as one. */
export interface Stack {
  readonly services: Readonly<Record<string, StackService>>;
}

/** Lists that a later file replaces; all others it adds to. */
const REPLACED: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

const isMapping = (node: Node | undefined): node is Mapping =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

function merge(key: string, below: Node | undefined, above: Node): Node {
  if (Array.isArray(below) && Array.isArray(above) && !REPLACED.has(key)) return [...new Set([...below, ...above])];
  if (!isMapping(below) || !isMapping(above)) return above;
  const merged = Object.entries(above).map(([name, node]) => [name, merge(name, below[name], node)] as const);
  return { ...below, ...Object.fromEntries(merged) };
}

const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

function interpolate(node: Node, variables: Readonly<Record<string, string>>): Node {
  if (typeof node === 'string') {
    return node.replace(VARIABLE, (_, name: string, operator?: string, text = '') => {
      const value = variables[name] || (operator === '-' ? text : undefined);
      if (value === undefined) throw new Error(`the variable ${name} is not given: ${text}`);
      return value;
    });
  }
  if (Array.isArray(node)) return node.map((one) => interpolate(one, variables));
  if (!isMapping(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([name, one]) => [name, interpolate(one, variables)]));
}

/**
 * Reads Compose files as `docker stack deploy -c … -c …` does: later ones over earlier ones, with variables put in.
 * @throws {Error} when a variable is not given that has no default
 */
export function readStack(files: readonly string[], variables: Readonly<Record<string, string>>): Stack {
  const read = (file: string): Mapping => parse(readFileSync(file, 'utf8'), { merge: true });
  const merged = files.map(read).reduce<Node>((below, above) => merge('', below, above), {});
  return interpolate(merged, variables) as unknown as Stack;
}
