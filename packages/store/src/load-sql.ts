import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Statement } from './database';

const directory = join(__dirname, '..', 'sql');
const texts = new Map<string, string>();

/** Gives the text of `sql/<name>.sql`. Each file is read once, when it is first needed. */
export function sqlText(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(join(directory, `${name}.sql`), 'utf8');
    texts.set(name, text);
  }
  return text;
}

/** Gives the statement of `sql/<name>.sql` with its values. */
export function sqlStatement(name: string, values: readonly unknown[]): Statement {
  return { name, text: sqlText(name), values };
}
