import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readlink, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { copyToReadablePlace, restoreSymlinks } from './embedded-package';

let packageDirectory: string;
const copies: string[] = [];

beforeEach(async () => {
  packageDirectory = await mkdtemp(join(tmpdir(), 'tasker-package-test-'));
  const version = basename(packageDirectory);
  await mkdir(join(packageDirectory, 'native/lib'), { recursive: true });
  await writeFile(join(packageDirectory, 'package.json'), JSON.stringify({ version }));
  await writeFile(join(packageDirectory, 'native/lib/libx.so.5.1'), 'library');
  const links = [{ source: 'native/lib/libx.so.5.1', target: 'native/lib/libx.so.5' }];
  await writeFile(join(packageDirectory, 'native/pg-symlinks.json'), JSON.stringify(links));
});
afterEach(async () => {
  for (const directory of [packageDirectory, ...copies.splice(0)])
    await rm(directory, { recursive: true, force: true });
});

async function copy(): Promise<string> {
  const directory = await copyToReadablePlace(packageDirectory, {});
  copies.push(directory);
  return directory;
}

test('links between libraries that the archive could not hold are created, once', async () => {
  await restoreSymlinks(packageDirectory);
  await restoreSymlinks(packageDirectory);
  expect(await readlink(join(packageDirectory, 'native/lib/libx.so.5'))).toBe('libx.so.5.1');
});

test('a copy is readable for everybody, writable for its owner only, whole, and made once', async () => {
  const first = await copy();
  expect((await lstat(first)).mode & 0o777).toBe(0o755);
  expect(existsSync(join(first, 'native/lib/libx.so.5'))).toBe(true);
  expect(await copy()).toBe(first);
});

test('copies that are made at the same time end up in one place', async () => {
  const made = await Promise.all([copy(), copy(), copy()]);
  expect(new Set(made).size).toBe(1);
});

test('a place that others can write to is not trusted', async () => {
  const planted = await copy();
  await chmod(planted, 0o777);
  expect(await copy()).not.toBe(planted);
});

test('a copy that lost files is not used', async () => {
  const damaged = await copy();
  await unlink(join(damaged, 'native/lib/libx.so.5.1'));
  await unlink(join(damaged, 'native/lib/libx.so.5'));
  expect(await copy()).not.toBe(damaged);
});
