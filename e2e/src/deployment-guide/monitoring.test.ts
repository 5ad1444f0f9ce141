import { until } from '@tasker/testing';
import { LINEAR, shapeTemplate } from '../shapes';
import { type System, startSystem } from '../start-system';
import {
  GUIDE_METRICS_OF_BOTH,
  GUIDE_METRICS_OF_KIND,
  GUIDE_METRICS_OF_MODE,
  type GuideMetric,
} from './guide-promises';

/** Whether a line is a sample that a query for the metric with its labels finds. */
function isSampleOf({ name, labels = {} }: GuideMetric, line: string): boolean {
  const [, found, given = ''] = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
  if (found !== name) return false;
  return Object.entries(labels).every(([label, value]) =>
    `,${given}`.includes(value === null ? `,${label}="` : `,${label}="${value}"`),
  );
}

async function findMissing(url: string, metrics: readonly GuideMetric[]): Promise<readonly string[]> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return metrics.filter((metric) => !lines.some((line) => isSampleOf(metric, line))).map(({ name }) => name);
}

async function untilAllThere(url: string | undefined, metrics: readonly GuideMetric[]): Promise<void> {
  let missing: readonly string[] = [];
  await until('all metrics are there', async () => {
    missing = await findMissing(url ?? '', metrics);
    return missing.length === 0;
  }).catch(() => expect(missing).toEqual([]));
}

async function fail({ api, ...system }: System): Promise<void> {
  const taskUuid = await api.submit(LINEAR.name, { n: 2, fail: { step_2: { kind: 'permanent' } } });
  await system.untilTask(taskUuid, 'blocked_by_failures');
}

test.each(Object.entries(GUIDE_METRICS_OF_MODE))(
  'in mode %s both kinds of process have the metrics that the guide monitors and alerts on',
  async (mode, metrics) => {
    const env = { TASKER_DEPLOYMENT_MODE: mode };
    await using system = await startSystem({
      orchestrationEnv: { ...env, TASKER__orchestration__hybrid__listener_health_check_interval_ms: '200' },
      workerEnv: env,
      templates: [shapeTemplate(LINEAR)],
    });
    await fail(system);
    for (const kind of ['orchestration', 'worker'] as const) {
      const { orchestrations, workers } = system.fleet;
      const url = (kind === 'worker' ? workers : orchestrations)[0]?.url;
      await untilAllThere(url, [...metrics, ...GUIDE_METRICS_OF_BOTH, ...GUIDE_METRICS_OF_KIND[kind]]);
    }
  },
);
