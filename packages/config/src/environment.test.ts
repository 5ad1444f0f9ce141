import { readEnvironment } from './environment';
import { writeConfigFiles } from './testing/config-files';

const files = writeConfigFiles({ url: 'postgresql://secret\n', empty: '' });
const secretFile = `${files.directory}/url`;

afterAll(() => files[Symbol.dispose]());

test('a variable that is empty counts as not set', () => {
  expect(readEnvironment({ A: '' }).find('A')).toBeUndefined();
  expect(readEnvironment({ A_FILE: `${files.directory}/empty` }).lookUp('A')).toBeNull();
});

test('a value may come from a file, its last line break left out', () => {
  expect(readEnvironment({ A_FILE: secretFile }).lookUp('A')).toEqual({
    value: 'postgresql://secret',
    source: 'A_FILE',
  });
});

test('a variable and its file must not differ', () => {
  expect(() => readEnvironment({ A: 'other', A_FILE: secretFile }).find('A')).toThrow(
    'A and A_FILE: both are set and differ: set one of them',
  );
  expect(readEnvironment({ A: 'postgresql://secret', A_FILE: secretFile }).find('A')).toBe('postgresql://secret');
});

test('a file that cannot be read is named', () => {
  expect(() => readEnvironment({ A_FILE: '/nowhere' }).find('A')).toThrow(
    'A_FILE: names /nowhere, which cannot be read',
  );
});

test('names with a prefix are listed once, whichever way they are given', () => {
  const environment = readEnvironment({ P__b: '1', P__a_FILE: secretFile, P__a: 'x', P__c: '', Q__d: '1' });
  expect(environment.listNames('P__')).toEqual(['P__a', 'P__b']);
});
