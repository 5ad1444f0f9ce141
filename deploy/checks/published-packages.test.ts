import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEPLOY, ROOT, readYaml } from './files';

interface Packed {
  readonly name: string;
  readonly directory: string;
  readonly tarball: string;
}

interface Manifest {
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly engines?: { readonly node?: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const INSTALL = ['install', '--prefer-offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
const project = mkdtempSync(join(tmpdir(), 'tasker-published-'));
const { version } = readManifest(ROOT);
let packages: readonly Packed[];

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

const installed = ({ name }: Packed) => join(project, 'node_modules', name);

/** Every entry that may be loaded without starting anything, such as `@tasker/protocol/grpc`. */
function listEntries(): readonly string[] {
  return packages.flatMap((one) =>
    Object.keys(readManifest(installed(one)).exports)
      .filter((path) => path !== './main')
      .map((path) => one.name + path.slice(1)),
  );
}

/** Runs a script in the project and gives the JSON that it printed. */
function runScript(file: string, text: string): unknown {
  writeFileSync(join(project, file), text);
  return JSON.parse(execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8' }));
}

beforeAll(() => {
  const pack = [join(DEPLOY, 'release/pack.mjs'), '--out', project];
  packages = JSON.parse(execFileSync(process.execPath, pack, { encoding: 'utf8' })) as Packed[];
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const { status, stderr } = spawnSync('npm', [...INSTALL, ...packages.map(({ tarball }) => tarball)], {
    cwd: project,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm install failed: ${stderr}`);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

test('every published package says what it is, in the one version that the chart has too', () => {
  const names = packages.map(({ name }) => name.replace('@tasker/', ''));
  expect(names).toEqual(expect.arrayContaining(['cli', 'messaging', 'worker-sdk', 'circuit-breaker', 'orchestration']));
  expect(names.filter((name) => ['testing', 'embedded-rabbitmq', 'deploy', 'e2e', 'bench'].includes(name))).toEqual([]);
  for (const one of packages) {
    const manifest = readManifest(installed(one));
    expect(manifest).toMatchObject({ version, license: 'MIT', type: 'commonjs', engines: { node: '>=20.19' } });
    expect(manifest.description).toMatch(/^[A-Z].{10,}\.$/);
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      expect({ name, range }).toEqual({ name, range: name.startsWith('@tasker/') ? version : expect.any(String) });
    }
  }
  expect(readYaml('helm/tasker/Chart.yaml')).toMatchObject({ version, appVersion: version });
});

test('every tarball holds licence and readme, and neither sources, tests nor maps', () => {
  for (const one of packages) {
    const files = execFileSync('tar', ['-tzf', one.tarball], { encoding: 'utf8' }).trim().split('\n');
    expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/package.json']));
    expect(readFileSync(join(installed(one), 'LICENSE'), 'utf8')).toContain('The Tasker contributors');
    expect(files.filter((file) => /\.test\.|\.map$|\/(src|testing)\/|jest|tsconfig/.test(file))).toEqual([]);
  }
});

test('every path in the manifests leads to a file that is packed', () => {
  for (const one of packages) {
    const { exports, bin = {} } = readManifest(installed(one));
    const targets = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const missing = [...targets, ...Object.values(bin)].filter((path) => !existsSync(join(installed(one), path)));
    expect({ name: one.name, missing }).toEqual({ name: one.name, missing: [] });
    expect(JSON.stringify(exports)).not.toContain('"source"');
  }
});

test('every entry loads by require and by import, with the same names', () => {
  const entries = JSON.stringify(listEntries());
  const print = (load: string) =>
    `const found = {};
     for (const entry of ${entries}) found[entry] = Object.keys(${load}).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort();
     console.log(JSON.stringify(found)); process.exit();`;
  const required = runScript('entries.cjs', print('require(entry)')) as Record<string, string[]>;
  expect(Object.keys(required).length).toBeGreaterThan(packages.length);
  for (const [entry, names] of Object.entries(required))
    expect({ entry, names: names.length }).not.toEqual({ entry, names: 0 });
  expect(runScript('entries.mjs', print('await import(entry)'))).toEqual(required);
});

test('the commands run from where npm puts them', () => {
  const run = (command: string, ...args: string[]) =>
    execFileSync(join(project, 'node_modules/.bin', command), args, { cwd: project, encoding: 'utf8' });
  expect(run('tasker', '--version').trim()).toBe(version);
  expect(run('tasker', '--help')).toContain('Runs and looks after workflows on PostgreSQL.');
  expect(run('tasker', 'dev', '--help')).toContain('--handlers');
  expect(run('config-validator', '--help')).toContain('Checks the configuration');
  expect(run('config-validator', '--json')).toContain('"database_pool"');
});
