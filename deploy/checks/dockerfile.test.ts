import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { DEPLOY, ROOT } from './files';

const text = readFileSync(join(DEPLOY, 'docker/Dockerfile'), 'utf8');
/** The instructions of each stage, by its name. */
const stages = new Map(
  text.split(/^(?=FROM )/m).map((stage) => [/^FROM \S+ AS (\S+)/.exec(stage)?.[1] ?? 'head', stage]),
);

test('the Dockerfiles have no mistakes', () => {
  expect(validate(text).map(({ message }) => message)).toEqual([]);
  const example = readFileSync(join(ROOT, 'examples/order-fulfilment/Dockerfile'), 'utf8');
  expect(validate(example).map(({ message }) => message)).toEqual([]);
  expect(validate('FORM node\n')).not.toEqual([]);
  expect(text).not.toContain('<<');
});

test('the targets are built on the runtime, which runs without root behind tini', () => {
  for (const target of ['orchestration', 'worker', 'cli']) {
    expect(stages.get(target)).toMatch(/^FROM runtime AS /);
    expect(stages.get(target)).not.toMatch(/^USER|^RUN/m);
    expect(stages.get(target)).toMatch(/"node"/);
  }
  expect(stages.get('runtime')).toMatch(/^USER 10001:10001$/m);
  expect(stages.get('runtime')).toMatch(/^ENTRYPOINT \["tini", "--"\]$/m);
});

test('the servers are asked after their health by node, at the port they expose', () => {
  for (const [target, port] of [
    ['orchestration', 8080],
    ['worker', 8081],
  ] as const) {
    expect(stages.get(target)).toMatch(new RegExp(`^EXPOSE ${port} `, 'm'));
    expect(stages.get(target)).toContain(`CMD ["node", "/usr/local/lib/tasker/healthcheck.mjs", "${port}"]`);
  }
});

test('every file that is copied from the sources is there, and the context is without what is installed or built', () => {
  const copied = [...text.matchAll(/^COPY (?:--from=build \/source\/)?([^-.\s].*) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  expect(copied).toContain('deploy/docker/healthcheck.mjs');
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '**/.env*', '.git']));
  for (const needed of ['apps', 'packages', 'proto', 'config', 'scripts']) expect(ignored).not.toContain(needed);
  expect(readdirSync(ROOT)).toEqual(expect.arrayContaining(['apps', 'packages', 'proto', 'config']));
});
