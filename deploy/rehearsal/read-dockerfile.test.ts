import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NODE_OPTIONS } from '@tasker/lifecycle';
import { readCommands, readRecipe } from './read-dockerfile';

const text = readFileSync(join(__dirname, '../docker/Dockerfile'), 'utf8');

test('a target has what its parent stages have, and its own', () => {
  expect(readRecipe(text, 'worker')).toEqual({
    copies: [
      { from: 'build', source: '/source/config/tasker', destination: '/etc/tasker' },
      {
        from: 'build',
        source: '/source/deploy/docker/healthcheck.mjs',
        destination: '/usr/local/lib/tasker/healthcheck.mjs',
      },
      { from: 'worker-files', source: '/out', destination: '/app' },
    ],
    environment: {
      NODE_ENV: 'production',
      TASKER_ENV: 'production',
      TASKER_CONFIG_DIR: '/etc/tasker',
      TASKER_HANDLERS: '/app/handlers',
    },
    user: { uid: 10001, gid: 10001 },
    workdir: '/app',
    entrypoint: ['tini', '--'],
    command: ['node', ...SERVICE_NODE_OPTIONS, 'dist/main.js'],
    ports: [8081, 9191],
  });
});

test('both services run with the options that keep their memory small', () => {
  const command = ['node', ...SERVICE_NODE_OPTIONS, 'dist/main.js'];
  for (const target of ['orchestration', 'worker']) expect(readRecipe(text, target)).toMatchObject({ command });
});

test('an entrypoint of its own takes away the command of the parent', () => {
  const stages = 'FROM a AS below\nCMD ["run"]\nFROM below AS above\nENTRYPOINT ["node"]\n';
  expect(readRecipe(stages, 'above')).toMatchObject({ entrypoint: ['node'], command: [] });
  expect(readRecipe(stages, 'below')).toMatchObject({ entrypoint: [], command: ['run'], user: null, workdir: '/' });
  expect(() => readRecipe(stages, 'beside')).toThrow('no stage beside');
});

test('the commands of a stage are given as they are, without those of its parent', () => {
  const [command, ...others] = readCommands(text, 'worker-files');
  expect(command).toMatch(/^pnpm --filter @tasker\/worker deploy --prod --legacy \/out \\\n/);
  expect(command).toContain('-delete');
  expect(others).toEqual([]);
});
