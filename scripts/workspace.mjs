import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** The folders of all packages, relative to the root. */
export function packageDirectories() {
  return ['packages', 'apps', 'examples']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .concat('e2e', 'bench', 'deploy')
    .filter((directory) => existsSync(join(root, directory, 'package.json')));
}

/** The source files below a folder, without what is built or installed. */
export function sourceFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourceFiles(path);
    return /\.(ts|cts|mts|js|cjs|mjs)$/.test(entry.name) ? [path] : [];
  });
}
