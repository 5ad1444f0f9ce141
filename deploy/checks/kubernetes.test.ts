import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY, parseDocuments } from './files';
import {
  containersOf,
  findDangling,
  findSchemaProblems,
  findSelected,
  findVariableProblems,
  type Labels,
  type Manifest,
  ofKind,
  stopTimesMs,
} from './manifests';
import { loadProductionSettings, longestShutdownMs } from './production-settings';
import { withTool } from './with-tool';

const OVERLAYS = join(DEPLOY, 'k8s/overlays');

test('a field that Kubernetes does not know and a value of the wrong type are found', () => {
  const pod = (name: string, container: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [container] },
  });
  const pods = [
    pod('right', { name: 'c', image: 'i' }),
    pod('unknown', { name: 'c', imagee: 'i' }),
    pod('wrong', { name: 7 }),
  ];
  const custom = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 's' }, spec: {} };
  expect(findSchemaProblems([...pods, custom])).toEqual([
    'Pod unknown.spec.containers[0].imagee is unknown',
    expect.stringMatching(/^Pod wrong: /),
    expect.stringMatching(/^ScaledObject s: /),
  ]);
});

withTool('kubectl', (kubectl) => {
  const render = (overlay: string) => parseDocuments<Manifest>(kubectl(['kustomize', join(OVERLAYS, overlay)]));
  const namesOf = (manifests: readonly Manifest[], kind: string) =>
    ofKind(manifests, kind).map(({ metadata }) => metadata.name);

  describe.each(readdirSync(OVERLAYS))('overlay %s', (overlay) => {
    const manifests = render(overlay);

    test('is valid by the schemas, fields that nobody knows included', () => {
      expect(manifests.length).toBeGreaterThan(10);
      expect(findSchemaProblems(manifests)).toEqual([]);
    });

    test('has no selector without pods, no autoscaler without a Deployment, and all in one namespace', () => {
      expect(findDangling(manifests)).toEqual([]);
      const namespaces = manifests.filter(({ kind }) => kind !== 'Namespace').map(({ metadata }) => metadata.namespace);
      expect(new Set(namespaces)).toEqual(new Set(['tasker']));
    });

    test('gives variables that the processes read, and secrets by reference alone', () => {
      expect(findVariableProblems(manifests)).toEqual([]);
    });

    test('gives pods longer to stop than they take, and images that are pinned', () => {
      const longest = longestShutdownMs(loadProductionSettings());
      for (const time of stopTimesMs(manifests)) expect(time).toBeGreaterThan(longest);
      for (const { image } of containersOf(manifests)) expect(image).toMatch(/:\d+\.\d+\.\d+$/);
    });

    test('runs everything without root, scraped at its port', () => {
      for (const { kind, spec } of manifests) {
        if (spec?.template === undefined) continue;
        expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
        const port = spec.template.spec.containers[0]?.ports?.find(({ name }) => name === 'http')?.containerPort;
        if (kind === 'Deployment')
          expect(spec.template.metadata.annotations?.['prometheus.io/port']).toBe(String(port));
      }
    });
  });

  test('mixed mode has one Service in front of ten pods that hear events and three that poll', () => {
    const manifests = render('mixed-mode');
    const selector = ofKind(manifests, 'Service')[0]?.spec?.selector as Labels;
    const names = ['tasker-orchestration-event-driven', 'tasker-orchestration-polling'];
    expect(findSelected(manifests, selector)).toEqual(names);
    const found = ofKind(manifests, 'Deployment').map(({ metadata, spec }) => ({
      name: metadata.name,
      replicas: spec?.replicas,
      labels: spec?.template?.metadata.labels,
      mode: spec?.template?.spec.containers[0]?.env?.find(({ name }) => name === 'TASKER_DEPLOYMENT_MODE')?.value,
    }));
    expect(found).toMatchObject([
      { name: names[0], replicas: 10, labels: { mode: 'event-driven' }, mode: 'EventDrivenOnly' },
      { name: names[1], replicas: 3, labels: { mode: 'polling' }, mode: 'PollingOnly' },
      { name: 'tasker-worker-payments', replicas: 5, labels: { namespace: 'payments' } },
    ]);
    expect(namesOf(manifests, 'HorizontalPodAutoscaler')).toEqual([...names, 'tasker-worker-payments']);
  });

  test('with the operators, pods are probed by gRPC, scaled by the depth of their queue, and scraped by monitors', () => {
    const manifests = render('mixed-mode-observed');
    const probes = containersOf(ofKind(manifests, 'Deployment')).map(({ livenessProbe, readinessProbe }) => [
      livenessProbe,
      readinessProbe,
    ]);
    expect(probes[0]).toMatchObject([
      { httpGet: { path: '/health/live' } },
      { grpc: { port: 9190, service: 'tasker.v1.HealthService' } },
    ]);
    expect(probes[0]?.[1]?.httpGet).toBeUndefined();
    expect(namesOf(manifests, 'ScaledObject')).toEqual(['tasker-worker-payments']);
    expect(namesOf(manifests, 'HorizontalPodAutoscaler')).not.toContain('tasker-worker-payments');
    expect(namesOf(manifests, 'ServiceMonitor')).toEqual(['tasker-orchestration']);
  });

  test('with RabbitMQ every process has its backend and its URL from the secret', () => {
    for (const { env = [] } of containersOf(ofKind(render('mixed-mode-rabbitmq'), 'Deployment'))) {
      expect(env).toContainEqual({ name: 'TASKER_MESSAGING_BACKEND', value: 'rabbitmq' });
      expect(env.find(({ name }) => name === 'RABBITMQ_URL')?.valueFrom).toMatchObject({
        secretKeyRef: { key: 'rabbitmq-url' },
      });
    }
  });
});
