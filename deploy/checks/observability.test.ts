import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY, listFiles, ROOT, readYaml } from './files';
import { findProblems, parseSelectors } from './promql';

interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert?: string;
      readonly record?: string;
      readonly expr: string;
      readonly annotations?: Readonly<Record<string, string>>;
    }[];
  }[];
}
interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const RULES = 'observability/prometheus/rules';
const rules = listFiles(RULES, '.yml').flatMap((file) =>
  readYaml<RuleFile>(join(RULES, file)).groups.flatMap((group) => group.rules),
);
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const alerts = rules.filter(({ alert }) => alert !== undefined);
const dashboards = listFiles('observability/grafana/dashboards', '.json').map(
  (file) => JSON.parse(readFileSync(join(DEPLOY, 'observability/grafana/dashboards', file), 'utf8')) as Dashboard,
);

test('a query is read with its metrics and the labels it asks for', () => {
  const query = 'sum by (le) (rate(a_bucket{job="x", mode=~"y"}[5m])) / on (job) group_left b > 1';
  expect(parseSelectors(query)).toEqual([
    { metric: 'a_bucket', labels: ['job', 'mode'] },
    { metric: 'b', labels: [] },
  ]);
  expect(findProblems('tasker_tasks_active{state="open"} + tasker_tasks_idle', new Set())).toHaveLength(2);
  expect(() => parseSelectors('rate(')).toThrow('no PromQL');
});

test('every rule asks for metrics and labels that the processes export', () => {
  expect(rules.length).toBeGreaterThan(30);
  expect(rules.flatMap(({ expr }) => findProblems(expr, recorded))).toEqual([]);
});

test('every panel of the four dashboards asks for metrics and labels that the processes export', () => {
  expect(dashboards.map(({ uid }) => uid)).toEqual([
    'tasker-database',
    'tasker-namespace',
    'tasker-queue',
    'tasker-system',
  ]);
  const queries = dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  expect(queries.length).toBeGreaterThan(60);
  expect(queries.flatMap((query) => findProblems(query, recorded))).toEqual([]);
});

test('every variable of the dashboards takes its values from a label that its metric has', () => {
  const queries = dashboards.flatMap(({ templating }) => templating.list.filter(({ name }) => name !== 'datasource'));
  expect(queries).toHaveLength(2);
  for (const { query } of queries) {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
    expect(findProblems(`${metric}{${label}="x"}`, recorded)).toEqual([]);
  }
});

test('every alert has a summary, and an entry among the runbooks that it leads to', () => {
  const text = readFileSync(join(ROOT, 'docs/operations/alerts.md'), 'utf8');
  const entries = [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(entries.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  for (const { alert = '', annotations } of alerts) {
    expect(annotations?.summary).toMatch(/\w/);
    expect(annotations?.runbook_url).toBe(`docs/operations/alerts.md#${alert.toLowerCase()}`);
  }
});

test('the rules for the operator of Prometheus and those of the chart are the same', () => {
  const files = ['recording.yml', 'alerts.yml'];
  const groups = files.flatMap((file) => readYaml<RuleFile>(join(RULES, file)).groups);
  const object = readYaml<{ spec: RuleFile }>('k8s/components/prometheus-operator/rules.yaml');
  expect(object.spec.groups).toEqual(groups);
  for (const file of files) {
    const original = readFileSync(join(DEPLOY, RULES, file), 'utf8');
    expect(readFileSync(join(DEPLOY, 'helm/tasker/files', file), 'utf8')).toBe(original);
  }
});
