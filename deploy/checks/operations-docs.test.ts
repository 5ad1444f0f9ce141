import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './files';

const DOCS = join(ROOT, 'docs/operations');
const pages = readdirSync(DOCS).map((name) => ({ name, text: readFileSync(join(DOCS, name), 'utf8') }));
const PATH = /`((?:deploy|docs|config|apps|examples)\/[\w./-]+)`/g;

/** The anchors of a page, as they are made from its headings. */
function anchorsOf(text: string): readonly string[] {
  const toAnchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => toAnchor(heading));
}

test('every path that the pages name is there', () => {
  const coverage = pages.find(({ name }) => name === 'coverage.md')?.text ?? '';
  expect([...coverage.matchAll(PATH)].length).toBeGreaterThan(40);
  const missing = pages.flatMap(({ name, text }) =>
    [...text.matchAll(PATH)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${name}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('every link leads to a page that is there, and to one of its headings', () => {
  const links = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/\]\(([^)\s#]*)(?:#([^)\s]+))?\)/g)].map(([, file = '', anchor]) => ({ name, file, anchor })),
  );
  expect(links.length).toBeGreaterThan(15);
  const broken = links.filter(({ name, file, anchor }) => {
    const path = file === '' ? join(DOCS, name) : join(dirname(join(DOCS, name)), file);
    if (!existsSync(path)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(path, 'utf8')).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('every tasker command that the pages name is one of the command line', () => {
  const named = pages.flatMap(({ text }) => [...text.matchAll(/npx tasker ([a-z]+)(?: ([a-z]+))?/g)]);
  expect(named.length).toBeGreaterThan(5);
  const known = readdirSync(join(ROOT, 'apps/cli/src/commands')).map((file) => file.replace(/\.ts$/, ''));
  const isKnown = (one = '', two = '') => known.includes(one) || known.includes(`${one}-${two}`);
  expect(named.filter(([, one, two]) => !isKnown(one, two)).map(([text]) => text)).toEqual([]);
});
