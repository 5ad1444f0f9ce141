import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory with files, removed when disposed of. */
export interface ConfigFiles extends Disposable {
  readonly directory: string;
}

/** Writes files, by their paths, into a new directory. */
export function writeConfigFiles(files: Readonly<Record<string, string>>): ConfigFiles {
  const directory = mkdtempSync(join(tmpdir(), 'tasker-config-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}
