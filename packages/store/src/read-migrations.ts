import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(__dirname, '..', 'migrations');

/** One step of the schema's history. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly text: string;
}

/** Gives all migrations of this version, in order. */
export function readMigrations(): readonly Migration[] {
  return readdirSync(directory)
    .filter((file) => /^\d{3}-.*\.sql$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      const checksum = createHash('sha256').update(text).digest('hex');
      return { version: Number(file.slice(0, 3)), name: file.replace(/\.sql$/, ''), checksum, text };
    });
}
