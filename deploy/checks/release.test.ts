import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEPLOY, ROOT } from './files';

interface Component {
  readonly name: string;
  readonly purl: string;
  readonly licenses: readonly object[];
}

test('every third-party package is listed with its licence, which is one that is allowed, and in the bill of materials', () => {
  const out = mkdtempSync(join(tmpdir(), 'tasker-release-'));
  try {
    const script = join(DEPLOY, 'release/third-party.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--out', out], { encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: '' });
    const { components } = JSON.parse(readFileSync(join(out, 'sbom.cdx.json'), 'utf8')) as { components: Component[] };
    expect(components.length).toBeGreaterThan(100);
    expect(components).toContainEqual(
      expect.objectContaining({ name: 'pg', purl: 'pkg:npm/pg@8.23.1', licenses: [{ license: { id: 'MIT' } }] }),
    );
    expect(new Set(components.map(({ purl }) => purl)).size).toBe(components.length);
    expect(components.map(({ name }) => name)).not.toContain('jest');
    expect(readFileSync(join(out, 'licences.md'), 'utf8')).toContain('| pg | 8.23.1 | MIT |');
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('the workflow of the CI service runs what is run by hand', () => {
  const text = readFileSync(join(ROOT, '.github/workflows/ci.yml'), 'utf8');
  const { jobs } = parse(text) as { jobs: Readonly<Record<string, { steps: readonly { run?: string }[] }>> };
  expect(jobs.verify?.steps.at(-1)?.run).toBe('bash .ci/run');
  expect(jobs.images?.steps.at(-1)?.run).toBe('node deploy/docker/build-images.mjs --check');
});
