import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command';
import { createMemoryConsole } from '../testing/memory-console';
import { renderConfigReference } from '../view/render-config-reference';

const ROOT = join(__dirname, '..', '..', '..', '..');
const SHIPPED = join(ROOT, 'config', 'tasker');
const directory = mkdtempSync(join(tmpdir(), 'tasker-cli-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function config(args: readonly string[], env: Record<string, string> = {}) {
  const console = createMemoryConsole(env);
  const exitCode = await runCommand(['config', ...args], console);
  return { exitCode, output: console.output(), errors: console.errors() };
}

describe('validate', () => {
  const report = `✓ Configuration loaded successfully
✓ Environment: production
✓ Deployment mode: Hybrid
✓ Database pool: 50 connections
✓ Circuit breakers: 2 configurations
`;

  test('reports what was loaded', async () => {
    expect(await config(['validate'], { TASKER_ENV: 'production' })).toEqual({
      exitCode: 0,
      output: report,
      errors: '',
    });
    const { output } = await config([
      'validate',
      '--env',
      'production',
      '--json',
      '--set',
      'database.max_connections=51',
    ]);
    expect(JSON.parse(output)).toEqual({
      environment: 'production',
      directory: SHIPPED,
      deployment_mode: 'Hybrid',
      database_pool: 51,
      circuit_breakers: 2,
    });
  });

  test('is also a command of its own', () => {
    const env = { ...process.env, TASKER_ENV: 'production' };
    const script = join(ROOT, 'apps', 'cli', 'bin', 'config-validator.js');
    expect(execFileSync(process.execPath, [script], { env, cwd: directory, encoding: 'utf8' })).toBe(report);
  });

  test('tells all mistakes and ends with status 1', async () => {
    const env = { LOG_LEVEL: 'loud', TASKER__database__max_conections: '9', TASKER__pgmq__max_receive_count: '0' };
    const { exitCode, output, errors } = await config(['validate'], env);
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: '' });
    expect(errors).toBe(`tasker: the configuration has 3 problems:
  - environment variable TASKER__database__max_conections: database.max_conections: is not a known key; did you mean database.max_connections?
  - environment variable TASKER__pgmq__max_receive_count: pgmq.max_receive_count = 0: must be a whole number from 1 to 10000
  - environment variable LOG_LEVEL: telemetry.log_level = "loud": must be one of error, warn, info, debug
`);
    const json = JSON.parse((await config(['validate', '--json'], env)).output);
    expect(json.error).toMatchObject({ code: 'INVALID_CONFIG', details: [{}, { key: 'pgmq.max_receive_count' }, {}] });
  });

  test('knows what a process needs', async () => {
    expect((await config(['validate', '--process', 'orchestration'])).errors).toContain('database.url: is not set');
    expect((await config(['validate', '--process', 'worker'])).errors).toContain('worker.handlers: is not set');
    expect((await config(['validate', '--process', 'clerk'])).exitCode).toBe(1);
  });
});

describe('show', () => {
  test('gives each value with its source', async () => {
    const { output } = await config([
      'show',
      'database',
      '--env',
      'production',
      '--set',
      'database.max_connections=51',
    ]);
    expect(output).toContain(`environment production, files: ${SHIPPED}\nKEY`);
    expect(output).toMatch(/\ndatabase\.max_connections +51 +command line\n/);
    expect(output).toMatch(/\ndatabase\.query_cache\.max_size +1000 +\S+production\/database\.toml\n/);
    expect(output).toMatch(/\ndatabase\.url +"" +\S+base\/database\.toml\n/);
    expect(output).not.toContain('orchestration.');
  });

  test('gives one key as JSON', async () => {
    const { output } = await config(['show', 'telemetry.log_level', '--json'], { LOG_LEVEL: 'debug' });
    expect(JSON.parse(output)).toEqual({
      environment: 'development',
      directory: SHIPPED,
      values: [{ key: 'telemetry.log_level', value: 'debug', source: 'environment variable LOG_LEVEL' }],
    });
  });

  test('names the key that was probably meant', async () => {
    const { exitCode, errors } = await config(['show', 'database.max_conections']);
    expect(exitCode).toBe(1);
    expect(errors).toContain('there is no key database.max_conections; did you mean database.max_connections?');
  });

  test('shows no secret, whatever the command and the source', async () => {
    const canary = 'canary-93d1';
    const file = join(directory, 'secret');
    writeFileSync(file, `postgresql://tasker:${canary}@db/tasker`);
    const sources: [Record<string, string>, string[]][] = [
      [{ DATABASE_URL: `postgresql://tasker:${canary}@db/tasker`, DATABASE_LISTEN_URL: `postgres://${canary}` }, []],
      [{ DATABASE_URL_FILE: file }, []],
      [{ DATABASE_URL: canary }, []],
      [{ DATABASE_URL: canary, DATABASE_URL_FILE: file }, []],
      [{}, ['--set', `database.url=postgres://${canary}`]],
      [{}, ['--set', `database.url=${canary}`]],
      [{}, ['--set', canary]],
    ];
    for (const [env, args] of sources) {
      for (const command of ['show', 'validate']) {
        for (const json of [[], ['--json']]) {
          const { output, errors } = await config([command, ...args, ...json], env);
          expect(output + errors).not.toContain(canary);
        }
      }
    }
  });
});

describe('reference', () => {
  test('is written where it is wanted', async () => {
    const file = join(directory, 'reference.md');
    expect(await config(['reference', file])).toEqual({ exitCode: 0, output: `${file} written\n`, errors: '' });
    expect(readFileSync(file, 'utf8')).toBe(renderConfigReference());
    const { exitCode, errors } = await config(['reference', join(directory, 'nowhere', 'x.md')]);
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: expect.stringContaining('cannot write') });
  });

  test('is current in the documentation', () => {
    expect(readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8')).toBe(renderConfigReference());
  });

  test('has every key as JSON', async () => {
    const keys: { readonly key: string }[] = JSON.parse((await config(['reference', '--json'])).output);
    expect(keys).toContainEqual(
      expect.objectContaining({ key: 'worker.lease_ms', default: 30_000, minimum: 3_000, type: 'integer' }),
    );
  });
});
