import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMigratedDatabase } from '@tasker/testing';
import { startSystem } from '../start-system';
import { configureByBlocks } from './configure-by-blocks';
import { GUIDE_REPORT } from './guide-promises';

const VALIDATOR = join(__dirname, '..', '..', '..', 'apps', 'cli', 'bin', 'config-validator.js');

test.each(['TASKER_DEPLOYMENT_MODE', 'DEPLOYMENT_MODE'])(
  '%s chooses the mode of both kinds of process',
  async (name) => {
    const env = { [name]: 'PollingOnly' };
    await using system = await startSystem({ orchestrationEnv: env, workerEnv: env });
    const { orchestrations, workers } = system.fleet;
    for (const member of [...orchestrations, ...workers]) {
      const metrics = await (await fetch(`${member.url}/metrics`)).text();
      expect(metrics).toContain('tasker_deployment_mode{mode="polling"} 1');
    }
  },
);

test('the containers of the guide start with the variables that it gives them, the database from a secret file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tasker-secret-'));
  try {
    const database = await createMigratedDatabase();
    const secret = join(directory, 'database_url');
    writeFileSync(secret, `${database.connectionString}\n`);
    const env = {
      TASKER_ENV: 'production',
      TASKER_MESSAGING_BACKEND: 'pgmq',
      DATABASE_URL: '',
      DATABASE_URL_FILE: secret,
      RUST_LOG: 'info',
    };
    await using system = await startSystem({
      database,
      orchestrationEnv: env,
      workerEnv: { ...env, WORKER_NAMESPACES: 'payments' },
    });
    const { body } = await system.api.call<object>('GET', '/health');
    expect(body).toMatchObject({ database: 'connected' });
    const worker = await (await fetch(`${system.fleet.workers[0]?.url}/health`)).json();
    expect(worker).toMatchObject({ namespaces: ['payments'] });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('config-validator reports on the files of the guide as the guide shows it', () => {
  using config = configureByBlocks(
    'production-orchestration.toml',
    'production-database.toml',
    'production-circuit-breakers.toml',
  );
  const report = execFileSync(process.execPath, [VALIDATOR], {
    env: { ...process.env, ...config.env },
    encoding: 'utf8',
  });
  expect(report).toBe(`${GUIDE_REPORT.join('\n')}\n`);
});
