import { listKeys } from './list-keys';
import { writeConfigFiles } from './testing/config-files';
import { EXAMPLE_SCHEMA, loadExample, problemsOf } from './testing/load-example';

test('defaults are enough', () => {
  const { values, listValues } = loadExample({});
  expect(values).toEqual({
    database: { url: '', pool: { least: 1, most: 5 } },
    server: { mode: 'Fast', address: 'localhost:1', factor: 2, enabled: true, names: ['all'] },
    client: { mode: 'Fast' },
  });
  expect(listValues().map(({ key }) => key)).toEqual(listKeys(EXAMPLE_SCHEMA).map(({ key }) => key));
  expect(new Set(listValues().map(({ source }) => source))).toEqual(new Set(['default']));
});

test('tables are merged key by key, and lists are replaced', () => {
  const { values } = loadExample({
    base: '[server]\nnames = ["a", "b"]\nfactor = 3.5\n[database.pool]\nmost = 7',
    environment: '[server]\nnames = ["c"]\n[database.pool]\nleast = 2',
  });
  expect(values.server).toMatchObject({ names: ['c'], factor: 3.5 });
  expect(values.database.pool).toEqual({ least: 2, most: 7 });
});

test('each source wins over those before it, and each value knows its source', () => {
  const base = '[server]\nmode = "Slow"\nfactor = 3\n[database.pool]\nleast = 2\nmost = 6';
  const environment = '[server]\nfactor = 4\n[database.pool]\nleast = 3\nmost = 7';
  const variables = { EXAMPLE__database__pool__least: '4', EXAMPLE__database__pool__most: '8' };
  const loaded = loadExample({ base, environment, variables, overrides: { 'database.pool.most': '9' } });
  expect(loaded.values).toMatchObject({
    server: { mode: 'Slow', factor: 4 },
    database: { pool: { least: 4, most: 9 } },
  });
  expect(loaded.sourceOf('server.enabled')).toBe('default');
  expect(loaded.sourceOf('server.mode')).toBe('base/a.toml');
  expect(loaded.sourceOf('server.factor')).toBe('environment/a.toml');
  expect(loaded.sourceOf('database.pool.least')).toBe('environment variable EXAMPLE__database__pool__least');
  expect(loaded.sourceOf('database.pool.most')).toBe('command line');
  expect(loaded.sourceOf('database')).toBe('');
});

test('a key may take the value of another, with its source, until it gets one of its own', () => {
  const shared = loadExample({ base: '[server]\nmode = "Slow"' });
  expect(shared.values.client.mode).toBe('Slow');
  expect(shared.sourceOf('client.mode')).toBe('base/a.toml');
  const own = loadExample({ base: '[server]\nmode = "Slow"\n[client]\nmode = "Fast"' });
  expect(own.values).toMatchObject({ server: { mode: 'Slow' }, client: { mode: 'Fast' } });
});

test('texts of variables and of the command line become what the schema wants', () => {
  const variables = {
    EXAMPLE__server__factor: ' 2.5',
    EXAMPLE__server__enabled: 'false',
    EXAMPLE__server__names: 'a, b,,',
    EXAMPLE__server__address: '17',
  };
  expect(loadExample({ variables, overrides: { 'database.pool.most': '6' } }).values).toMatchObject({
    server: { factor: 2.5, enabled: false, names: ['a', 'b'], address: '17' },
    database: { pool: { most: 6 } },
  });
});

test('one variable may give several keys', () => {
  expect(loadExample({ variables: { MODE: 'Slow' } }).values).toMatchObject({
    server: { mode: 'Slow' },
    client: { mode: 'Slow' },
  });
});

test('a variable of any key may come from a file, and a file that is not there is told once for each key', () => {
  using files = writeConfigFiles({ factor: '3\n' });
  const { values, sourceOf } = loadExample({
    variables: { EXAMPLE__server__factor_FILE: `${files.directory}/factor` },
  });
  expect(values.server.factor).toBe(3);
  expect(sourceOf('server.factor')).toBe('EXAMPLE__server__factor_FILE');
  const base = '[database]\nurl = "${DB_URL:-}"\n[server]\naddress = "${DB_URL:-}"';
  expect(problemsOf({ base, variables: { DB_URL_FILE: '/nowhere' } }).message).toBe(
    `the configuration has 2 problems:
  - DB_URL_FILE: database.url: names /nowhere, which cannot be read
  - DB_URL_FILE: server.address: names /nowhere, which cannot be read`,
  );
});

test('names of one key must agree', () => {
  expect(loadExample({ variables: { MODE: 'Slow', OLD_MODE: 'Slow' } }).values.server.mode).toBe('Slow');
  expect(problemsOf({ variables: { MODE: 'Slow', OLD_MODE: 'Fast', EXAMPLE__client__mode: 'Fast' } }).message).toBe(
    `the configuration has 2 problems:
  - MODE and OLD_MODE: server.mode: both are set and differ: set one of them
  - MODE and EXAMPLE__client__mode: client.mode: both are set and differ: set one of them`,
  );
});

describe('a placeholder', () => {
  test('is replaced by its variable, else by its default', () => {
    const base = '[server]\naddress = "${HOST:-localhost}:${PORT:-80}"\nnames = ["${WHO}", "b"]';
    const { values, sourceOf } = loadExample({ base, variables: { PORT: '8080', WHO: 'a' } });
    expect(values.server).toMatchObject({ address: 'localhost:8080', names: ['a', 'b'] });
    expect(sourceOf('server.address')).toBe('base/a.toml, by environment variable PORT');
  });

  test('may be a number or a switch when it is all there is', () => {
    const base = '[server]\nfactor = "${FACTOR}"\nenabled = "${ON:-false}"';
    expect(loadExample({ base, variables: { FACTOR: '3' } }).values.server).toMatchObject({
      factor: 3,
      enabled: false,
    });
    expect(problemsOf({ base: '[server]\nfactor = "1${FACTOR}"', variables: { FACTOR: '3' } }).problems).toHaveLength(
      1,
    );
  });

  test('cannot bring in keys or further placeholders', () => {
    const WHO = 'x"\nfactor = 9\ny = "${HOME}';
    const { values } = loadExample({ base: '[server]\naddress = "${WHO}"', variables: { WHO } });
    expect(values.server).toMatchObject({ address: WHO, factor: 2 });
    expect(loadExample({ variables: { EXAMPLE__server__address: '${HOME}' } }).values.server.address).toBe('${HOME}');
  });

  test('without a variable and a default is a problem, unless another source gives the key', () => {
    const base = '[server]\naddress = "${HOST}"\nfactor = "${FACTOR}"';
    expect(problemsOf({ base }).message).toBe(`the configuration has 2 problems:
  - base/a.toml: server.address: needs the variable HOST, which is not set
  - base/a.toml: server.factor: needs the variable FACTOR, which is not set`);
    const environment = '[server]\naddress = "here"\nfactor = 2';
    expect(loadExample({ base, environment }).values.server.address).toBe('here');
  });

  test('that is none is a problem', () => {
    for (const address of ['${', '${A-b}', '${A:-${B}}x${']) {
      expect(problemsOf({ base: `[server]\naddress = '${address}'`, variables: { A: 'a' } }).message).toBe(
        'base/a.toml: server.address: has a placeholder that is not understood: write ${VARIABLE} or ${VARIABLE:-default}',
      );
    }
  });
});

test('all problems are told at once, each with its source, key, value and what is allowed', () => {
  const { problems, message } = problemsOf({
    base: '[server]\nmode = "slow"\nfactr = 3\nenabled = "true"\nnames = ["ok", 5]\n[srever]\nx = 1',
    environment: '[database]\npool = 5\n[database.urls]\nx = 1\n[server.factor]\nx = 1',
    variables: { EXAMPLE__server__factor: '11', EXAMPLE__SERVER__ADDRESS: 'x' },
    overrides: { 'database.most': '3', 'server.address': 'ok' },
  });
  expect(message).toMatch(/^the configuration has 10 problems:\n/);
  expect(problems.map((one) => one.key).sort()).toEqual([
    'SERVER',
    'database.most',
    'database.pool',
    'database.urls',
    'server.enabled',
    'server.factor',
    'server.factr',
    'server.mode',
    'server.names',
    'srever',
  ]);
  expect(message).toContain('\n  - base/a.toml: server.mode = "slow": must be one of Fast, Slow; did you mean Slow?');
  expect(message).toContain('\n  - base/a.toml: server.factr: is not a known key; did you mean server.factor?');
  expect(message).toContain('\n  - base/a.toml: server.enabled = "true": must be true or false');
  expect(message).toContain('\n  - base/a.toml: server.names = ["ok",5]: must be a list of lower-case words');
  expect(message).toContain('\n  - base/a.toml: srever: is not a known key; did you mean server?');
  expect(message).toContain('\n  - environment/a.toml: database.pool: must be a table of keys');
  expect(message).toContain('\n  - environment/a.toml: database.urls: is not a known key; did you mean database.url?');
  expect(message).toContain(
    '\n  - environment variable EXAMPLE__server__factor: server.factor = 11: must be a number from 1 to 10',
  );
  expect(message).toContain(
    '\n  - environment variable EXAMPLE__SERVER__ADDRESS: SERVER: is not a known key; did you mean server?',
  );
  expect(message).toContain('\n  - command line: database.most: is not a known key; did you mean database.pool.most?');
});

test('what must hold between keys is checked when each is right by itself', () => {
  expect(problemsOf({ base: '[database.pool]\nleast = 6' }).message).toBe(
    'base/a.toml: database.pool.least: is 6: must be at most database.pool.most, which is 5',
  );
  expect(problemsOf({ base: '[database.pool]\nleast = 6\nmost = "x"' }).problems).toHaveLength(1);
  expect(problemsOf({ base: '[database]\npool = 6' }).problems).toHaveLength(1);
});

test('a file that is no TOML is told with its place, whatever else is wrong', () => {
  const { problems } = problemsOf({ base: '[server]\nfactor = \n', environment: '[server]\nfactor = 0' });
  expect(problems).toEqual([
    {
      source: 'base/a.toml:2:10',
      key: '',
      message: expect.stringMatching(/^Unexpected character, expecting string/),
    },
    expect.objectContaining({ source: 'environment/a.toml', key: 'server.factor', value: '0' }),
  ]);
});

test('numbers that JSON does not know are refused by name', () => {
  expect(problemsOf({ base: '[server]\nfactor = inf' }).message).toContain('server.factor = Infinity: must be');
  expect(problemsOf({ base: '[server]\nfactor = 9007199254740993000' }).message).toContain('server.factor = 9007');
  expect(problemsOf({ base: '[server]\nmode = 1979-05-27' }).message).toContain('mode = "1979-05-27"');
});

test('names of the language are keys like any other', () => {
  const { problems } = problemsOf({ base: '[__proto__]\npolluted = 1\n[constructor]\nx = 1\n[toString]\nx = 1' });
  expect(problems.map(({ key }) => key)).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']));
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('the values that may be shown hold no secret, and no credentials in addresses', () => {
  const canary = 'canary-51cf';
  const { listValues, values } = loadExample({
    variables: { DB_URL: `pg:${canary}` },
    base: `[server]\naddress = "http://a:${canary}@b@c:1/x"`,
  });
  expect(values.database.url).toBe(`pg:${canary}`);
  expect(JSON.stringify(listValues())).not.toContain(canary);
  expect(listValues()).toContainEqual({
    key: 'database.url',
    value: '[redacted]',
    source: 'environment variable DB_URL',
  });
  expect(listValues()).toContainEqual(expect.objectContaining({ value: 'http://[redacted]@c:1/x' }));
  expect(loadExample({}).listValues()).toContainEqual({ key: 'database.url', value: '', source: 'default' });
});

test('no secret is told, wherever it stands and whatever is wrong with it', () => {
  const canary = 'canary-51cf';
  using files = writeConfigFiles({ url: canary });
  const attempts = [
    { base: `[database]\nurl = "${canary}"` },
    { base: `[database]\nurl = { x = "${canary}" }` },
    { base: `[database]\nurl = "pg:${canary}"\nurls = "${canary}"\n[datbase]\nurl = "${canary}"` },
    { base: `[database]\nurl = "${canary}` },
    { base: `[database]\nurl = "${canary}\n[database]\n` },
    { base: '[database]\nurl = "${SECRET}"', variables: { SECRET: canary } },
    { variables: { DB_URL: canary } },
    { variables: { DB_URL_FILE: `${files.directory}/url` } },
    { variables: { DB_URL: canary, EXAMPLE__database__url: `pg:${canary}` } },
    { variables: { DB_URL_FILE: `${files.directory}/url`, DB_URL: `pg:${canary}` } },
    { base: `[server]\nmode = "http://a:${canary}@b"` },
    { overrides: { 'database.url': canary, 'database.urrl': canary } },
  ];
  for (const attempt of attempts) {
    const error = problemsOf(attempt);
    expect(JSON.stringify([error.message, error.problems, error.stack, error.cause])).not.toContain(canary);
  }
});
