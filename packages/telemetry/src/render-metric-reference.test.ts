import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricTable } from './metric-table';
import { renderMetricReference } from './render-metric-reference';

const DOCUMENT = join(__dirname, '..', '..', '..', 'docs', 'metrics.md');

test('docs/metrics.md is what the table says; UPDATE_DOCS=1 writes it', () => {
  const rendered = renderMetricReference(metricTable);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(DOCUMENT, rendered);
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(rendered);
});
