import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemplateNamespaces } from './find-template-namespaces';

const TEMPLATE = 'name: ship\nnamespace_name: shop\nversion: "1.0.0"\nsteps: [{ name: a, handler: { callable: A } }]\n';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'templates-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('each namespace is found once', async () => {
  await writeFile(join(directory, 'a.yaml'), TEMPLATE);
  await writeFile(join(directory, 'b.yml'), TEMPLATE.replace('ship', 'send'));
  await writeFile(join(directory, 'c.yaml'), TEMPLATE.replace('shop', 'pay'));
  expect(await findTemplateNamespaces(directory)).toEqual(['pay', 'shop']);
  expect(await findTemplateNamespaces(join(directory, 'a.yaml'))).toEqual(['shop']);
});

test('wrong templates and empty places are errors', async () => {
  await expect(findTemplateNamespaces(directory)).rejects.toThrow('no .yaml files');
  await expect(findTemplateNamespaces(join(directory, 'x'))).rejects.toThrow('there is no');
  await writeFile(join(directory, 'a.yaml'), 'name: 5\n');
  await expect(findTemplateNamespaces(directory)).rejects.toThrow('a.yaml');
});
