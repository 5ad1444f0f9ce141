import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The files that come with the sources. */
export const SHIPPED_FILES = join(__dirname, '..', '..', '..', '..', 'config', 'tasker');

/** A copy of the shipped files, removed when disposed of. */
export interface ConfigCopy extends Disposable {
  readonly directory: string;
  /** Replaces a file, such as `base/database.toml`. */
  write(path: string, content: string): void;
}

/** Copies the shipped files; none of them with `isEmpty`. */
export function copyConfig({ isEmpty = false } = {}): ConfigCopy {
  const directory = mkdtempSync(join(tmpdir(), 'tasker-settings-'));
  if (!isEmpty) cpSync(SHIPPED_FILES, directory, { recursive: true });
  return {
    directory,
    write(path, content) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
