import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = path.join(__dirname, '../..');
const ROOT = path.join(PACKAGE, '../..');

interface Manifest {
  readonly name: string;
  readonly packageManager: string;
  readonly dependencies?: Record<string, string>;
}

/** This package as it is published, installed into an empty project. */
export interface PackedPackage extends AsyncDisposable {
  readonly tarball: string;
  /** The folder of the project. */
  readonly project: string;
  /** Writes a file into the project. */
  write(file: string, text: string): Promise<void>;
  /** Writes a script into the project, runs it and gives what it printed. */
  runScript(file: string, text: string, environment?: Record<string, string>): Promise<string>;
  /** Copies a package that is installed here, with what it depends on, so that no registry is asked. */
  addInstalled(name: string): Promise<void>;
}

/** Builds this package, packs it as a release does, and installs the tarball into an empty project without a network. */
export async function installPackedPackage(): Promise<PackedPackage> {
  const project = await realpath(await mkdtemp(path.join(tmpdir(), 'messaging-published-')));
  const write = (file: string, text: string) => writeFile(path.join(project, file), text);
  await build();
  const tarball = await pack(project);
  await write('package.json', '{ "private": true }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project });
  return {
    tarball,
    project,
    write,
    runScript: async (file, text, environment = {}) => {
      await write(file, text);
      const env = { PATH: process.env.PATH, ...environment };
      const { stdout } = await run(process.execPath, [file], { cwd: project, env });
      return stdout.trim();
    },
    addInstalled: async (name) => copyInstalled(await realpath(await findInstalled(name)), project),
    [Symbol.asyncDispose]: () => rm(project, { recursive: true, force: true }),
  };
}

/** Processes of other suites load `dist` meanwhile: each of its files is replaced by a whole one. */
async function build(): Promise<void> {
  const fresh = await mkdtemp(path.join(PACKAGE, 'dist-'));
  const compiler = require.resolve('typescript/bin/tsc');
  try {
    await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], { cwd: PACKAGE });
    for (const entry of await readdir(fresh, { recursive: true, withFileTypes: true })) {
      const target = path.join(PACKAGE, 'dist', path.relative(fresh, entry.parentPath), entry.name);
      if (entry.isDirectory()) await mkdir(target, { recursive: true });
      else await rename(path.join(entry.parentPath, entry.name), target);
    }
  } finally {
    await rm(fresh, { recursive: true });
  }
}

async function pack(destination: string): Promise<string> {
  const { packageManager } = await readManifest(ROOT);
  const args = ['--yes', packageManager, 'pack', '--json', '--pack-destination', destination];
  const { stdout } = await run('npx', args, { cwd: PACKAGE });
  return path.resolve(destination, (JSON.parse(stdout) as { filename: string }).filename);
}

async function findInstalled(name: string): Promise<string> {
  const places = [PACKAGE, ROOT].map((directory) => path.join(directory, 'node_modules', name));
  for (const place of places) if ((await realpath(place).catch(() => null)) !== null) return place;
  throw new Error(`${name} is not installed: run npm run build in the repository's root first`);
}

/** pnpm keeps what a package depends on beside it. */
async function copyInstalled(source: string, project: string): Promise<void> {
  const { name, dependencies = {} } = await readManifest(source);
  await cp(source, path.join(project, 'node_modules', name), { recursive: true, dereference: true });
  const siblings = source.slice(0, source.length - name.length);
  for (const dependency of Object.keys(dependencies)) {
    await copyInstalled(await realpath(path.join(siblings, dependency)), project);
  }
}

async function readManifest(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8')) as Manifest;
}
