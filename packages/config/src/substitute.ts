import type { ConfigLeaf } from './config-tree';
import type { Environment } from './environment';
import { ConfigError } from './errors';

const PLACEHOLDER = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
const WHOLE = new RegExp(`^${PLACEHOLDER.source}$`);

/**
 * Gives a value with each `${VARIABLE}` and `${VARIABLE:-default}` in its texts replaced; those of lists too. What a variable
 * holds is never parsed, so it cannot bring in further keys. A text that is one placeholder may become a number or a switch.
 * @throws {ConfigError} for a variable without a value, and for `${` that begins no placeholder
 */
export function substitute(leaf: ConfigLeaf, key: string, environment: Environment): ConfigLeaf {
  if (leaf.isText || !hasPlaceholder(leaf.value)) return leaf;
  const sources = new Set<string>();
  const replace = (text: string) => substituteText(text, { leaf, key, environment, sources });
  const isText = typeof leaf.value === 'string' && WHOLE.test(leaf.value);
  const value = Array.isArray(leaf.value)
    ? leaf.value.map((item) => (typeof item === 'string' ? replace(item) : item))
    : replace(String(leaf.value));
  const source = sources.size === 0 ? leaf.source : `${leaf.source}, by ${[...sources].join(', ')}`;
  return { ...leaf, value, isText, source };
}

function hasPlaceholder(value: unknown): boolean {
  return Array.isArray(value) ? value.some(hasPlaceholder) : typeof value === 'string' && value.includes('${');
}

interface Place {
  readonly leaf: ConfigLeaf;
  readonly key: string;
  readonly environment: Environment;
  /** Where the values came from, added to. */
  readonly sources: Set<string>;
}

function substituteText(text: string, { leaf, key, environment, sources }: Place): string {
  const fail = (message: string) => new ConfigError([{ source: leaf.source, key, message }]);
  if (text.replaceAll(PLACEHOLDER, '').includes('${')) {
    throw fail(`has a placeholder that is not understood: write \${VARIABLE} or \${VARIABLE:-default}`);
  }
  return text.replaceAll(PLACEHOLDER, (_, name: string, fallback: string | undefined) => {
    const found = environment.lookUp(name);
    if (found !== null) sources.add(found.source);
    const value = found?.value ?? fallback;
    if (value === undefined) throw fail(`needs the variable ${name}, which is not set`);
    return value;
  });
}
