import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let version: string | undefined;

/** Gives the version of the product, which all its packages share. The file is read once, when it is first needed. */
export function readVersion(): string {
  version ??= (JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string }).version;
  return version;
}
