import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { DEPLOY, parseDocuments, ROOT, readYaml } from './files';
import {
  containersOf,
  findDangling,
  findSchemaProblems,
  findVariableProblems,
  type Manifest,
  ofKind,
  stopTimesMs,
} from './manifests';
import { loadProductionSettings, longestShutdownMs } from './production-settings';
import { withTool } from './with-tool';

const CHART = join(DEPLOY, 'helm/tasker');
const ALL = join(CHART, 'ci-values.yaml');

test('the values that come with the chart are valid by its schema, and a wrong mode is not', () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(readYaml('helm/tasker/values.schema.json'));
  const values = readYaml<{ orchestration: { groups: { polling: { mode: string } } } }>('helm/tasker/values.yaml');
  validate(values);
  expect(validate.errors).toBeNull();
  values.orchestration.groups.polling.mode = 'Polling';
  expect(validate(values)).toBe(false);
});

withTool('helm', (helm) => {
  const render = (...args: readonly string[]) =>
    parseDocuments<Manifest>(
      helm(['template', 'tasker', CHART, '--namespace', 'tasker', '--kube-version', '1.30.0', ...args]),
    );

  test('helm lint has nothing to say against the chart', () => {
    expect(helm(['lint', CHART])).toContain('0 chart(s) failed');
  });

  test.each([
    ['as it comes', [], ['tasker-orchestration-event-driven', 'tasker-orchestration-polling']],
    [
      'with everything',
      ['--values', ALL],
      ['tasker-orchestration-hybrid', 'tasker-worker-inventory', 'tasker-worker-payments'],
    ],
  ])('the chart %s gives manifests that are valid and belong together', (_, args, deployments) => {
    const manifests = render(...args);
    const names = ofKind(manifests, 'Deployment').map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(deployments);
    expect(findSchemaProblems(manifests)).toEqual([]);
    expect(
      findDangling(manifests).filter((name) => name !== 'PodDisruptionBudget tasker-worker' || args.length > 0),
    ).toEqual([]);
    expect(findVariableProblems(manifests)).toEqual([]);
    const longest = longestShutdownMs(loadProductionSettings());
    for (const time of stopTimesMs(manifests)) expect(time).toBeGreaterThan(longest);
  });

  test('probes by gRPC ask each process for the health service that it has', () => {
    const services = ofKind(render('--values', ALL), 'Deployment').map(({ metadata, spec }) => [
      metadata.name,
      spec?.template?.spec.containers[0]?.readinessProbe?.grpc,
    ]);
    expect(Object.fromEntries(services)).toEqual({
      'tasker-orchestration-hybrid': { port: 9190, service: 'tasker.v1.HealthService' },
      'tasker-worker-inventory': { port: 9191, service: 'tasker.v1.WorkerHealthService' },
      'tasker-worker-payments': { port: 9191, service: 'tasker.v1.WorkerHealthService' },
    });
    const alive = containersOf(ofKind(render('--values', ALL), 'Deployment')).map(({ livenessProbe }) => livenessProbe);
    for (const probe of alive) expect(probe).toMatchObject({ httpGet: { path: '/health/live' } });
    const registrations = ['apps/orchestration', 'apps/worker'].map((app) =>
      readFileSync(join(ROOT, app, 'src/grpc/health-service.ts'), 'utf8'),
    );
    expect(registrations[0]).toContain('tasker.v1.HealthService`');
    expect(registrations[1]).toContain('tasker.v1.WorkerHealthService`');
  });

  test('workers that two autoscalers would scale are refused', () => {
    const set = [
      '--values',
      ALL,
      '--set',
      'workers.inventory.autoscaling.enabled=true,workers.inventory.autoscaling.minReplicas=1',
    ];
    const rest = 'workers.inventory.autoscaling.maxReplicas=2,workers.inventory.autoscaling.cpuPercent=70';
    expect(() => render(...set, '--set', rest)).toThrow('give one of them');
  });
});
