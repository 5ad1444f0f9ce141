import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEPLOY, readYaml } from './files';
import { withTool } from './with-tool';

const cwd = join(DEPLOY, 'observability/prometheus');

withTool('promtool', (promtool) => {
  test('promtool takes the rules and the configurations of Prometheus', () => {
    promtool(['check', 'rules', 'rules/alerts.yml', 'rules/recording.yml'], { cwd });
    expect(promtool(['check', 'config', 'prometheus.yml'], { cwd })).toContain('SUCCESS');
    expect(promtool(['check', 'config', 'prometheus-swarm.yml'], { cwd })).toContain('SUCCESS');
  });

  test('promtool takes the configuration for Kubernetes, whose way of finding pods some builds of it leave out', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tasker-prometheus-'));
    try {
      const text = readFileSync(join(cwd, 'prometheus-kubernetes.yml'), 'utf8');
      const discovery = /kubernetes_sd_configs:\n +- role: pod\n +namespaces:\n +names: \[tasker\]/g;
      expect(text.match(discovery)).toHaveLength(2);
      const file = join(directory, 'prometheus.yml');
      writeFileSync(file, text.replace(discovery, 'static_configs: [{ targets: [localhost:8080] }]'));
      expect(promtool(['check', 'config', '--syntax-only', file])).toContain('SUCCESS');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('every alert fires when it should, and else keeps quiet', () => {
    expect(promtool(['test', 'rules', 'tests/alerts.test.yml'], { cwd })).toContain('SUCCESS');
  });
});

test('the tests of the alerts have a case that fires and one that does not for each', () => {
  interface TestFile {
    readonly tests: readonly { alert_rule_test: readonly { alertname: string; exp_alerts: readonly unknown[] }[] }[];
  }
  const { tests } = readYaml<TestFile>('observability/prometheus/tests/alerts.test.yml');
  const cases = tests.flatMap((one) => one.alert_rule_test);
  const named = (fires: boolean) =>
    cases
      .filter(({ exp_alerts }) => exp_alerts.length > 0 === fires)
      .map(({ alertname }) => alertname)
      .sort();
  const text = readFileSync(join(cwd, 'rules/alerts.yml'), 'utf8');
  const alerts = [...text.matchAll(/alert: (\w+)/g)].map(([, name]) => name).sort();
  expect(named(true)).toEqual(alerts);
  expect(named(false)).toEqual(alerts);
});
