import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = path.join(__dirname, '..');
const REFERENCE = path.join(PACKAGE, '../../docs/messaging');

async function readPages(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort();
  const pages = names.map(async (name) => [name, await readFile(path.join(directory, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(pages));
}

test('the reference in docs/messaging is what `pnpm api-docs` writes', async () => {
  const fresh = await mkdtemp(path.join(tmpdir(), 'messaging-reference-'));
  try {
    await run(path.join(PACKAGE, 'node_modules/.bin/typedoc'), ['--out', fresh], { cwd: PACKAGE });
    const pages = await readPages(fresh);
    expect(Object.keys(pages)).toEqual(expect.arrayContaining(['index.md', 'pgmq.md', 'rabbitmq.md', 'memory.md']));
    expect(await readPages(REFERENCE)).toEqual(pages);
  } finally {
    await rm(fresh, { recursive: true });
  }
});
