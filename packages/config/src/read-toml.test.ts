import { ConfigError } from './errors';
import { readTomlDirectory } from './read-toml';
import { writeConfigFiles } from './testing/config-files';

function problemsIn(files: Readonly<Record<string, string>>, path = ''): ConfigError['problems'] {
  using written = writeConfigFiles(files);
  try {
    readTomlDirectory(written.directory + path);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((one) => ({ ...one, source: one.source.replace(written.directory, '') }));
  }
  return [];
}

test('files are read in the order of their names, and others are left alone', () => {
  using files = writeConfigFiles({ 'b.toml': 'x = 1', 'a.toml': 'x = 2', 'c.md': 'x =', 'd/e.toml': 'x =' });
  const sources = readTomlDirectory(files.directory).map(({ source }) => source);
  expect(sources).toEqual([`${files.directory}/a.toml`, `${files.directory}/b.toml`]);
  expect(readTomlDirectory(`${files.directory}/nowhere`)).toEqual([]);
});

test('every file that cannot be read is told', () => {
  expect(problemsIn({ 'a.toml/x': '', 'b.toml': 'x = 1\nx = 2', 'c.toml/x': '' })).toEqual([
    { source: '/a.toml', key: '', message: 'cannot be read' },
    { source: expect.stringMatching(/^\/b\.toml:2:\d$/), key: '', message: "Can't redefine existing key" },
    { source: '/c.toml', key: '', message: 'cannot be read' },
  ]);
  expect(problemsIn({ base: '' }, '/base')).toEqual([{ source: '/base', key: '', message: 'cannot be read' }]);
});
