import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from './find-free-ports';
import { startServiceProcess } from './service-process';

const SERVER = `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/crash') { console.error('something broke'); process.exit(7); }
  response.end();
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => { console.log('bye'); server.close(() => process.exit(0)); });
`;

const directory = mkdtempSync(join(tmpdir(), 'tasker-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

let scriptCount = 0;
function scriptOf(text: string): string {
  scriptCount += 1;
  const file = join(directory, `service-${scriptCount}.cjs`);
  writeFileSync(file, text);
  return file;
}

async function optionsFor(script: string, lines: string[] = []) {
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    options: {
      name: 'test service',
      script: scriptOf(script),
      env: { PORT: String(port) },
      readyUrl: url,
      onLine: (line: string) => lines.push(line),
      signal: new AbortController().signal,
    },
  };
}

test('a process is usable when it has started and gone when it has stopped', async () => {
  const lines: string[] = [];
  const { options, url } = await optionsFor(SERVER, lines);
  const running = await startServiceProcess(options);
  expect((await fetch(url)).status).toBe(200);
  await Promise.all([running.stop(), running.stop()]);
  expect(lines).toEqual(['listening', 'bye']);
  expect(() => process.kill(running.pid, 0)).toThrow('ESRCH');
});

test('a process that ends by itself is reported with the end of its log', async () => {
  const { options, url } = await optionsFor(SERVER);
  const running = await startServiceProcess(options);
  await fetch(`${url}/crash`).catch(() => {});
  const { message } = await running.died;
  expect(message).toContain('the test service ended with status 7. The end of its log:');
  expect(message).toContain('something broke');
  await running.stop();
});

test('a process that cannot start is reported at once', async () => {
  const { options } = await optionsFor("throw new Error('no database')");
  await expect(startServiceProcess(options)).rejects.toThrow('no database');
});

test('a process that never becomes usable is stopped', async () => {
  const { options } = await optionsFor('setInterval(() => {}, 1000)');
  await expect(startServiceProcess({ ...options, startTimeoutMs: 300 })).rejects.toThrow('was not ready within 300 ms');
});

test('waiting for a process can be given up', async () => {
  const { options } = await optionsFor('setInterval(() => {}, 1000)');
  const signal = AbortSignal.abort(new Error('Ctrl-C'));
  await expect(startServiceProcess({ ...options, signal })).rejects.toThrow('Ctrl-C');
});
