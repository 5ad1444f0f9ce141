import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Router } from 'express';
import { sendRaw } from './testing/send-raw';
import { startHost, type TestHost } from './testing/start-host';

const MIB = 1_048_576;
let server: TestHost;

beforeAll(async () => {
  const query = Router().get('/query/:name', (request, response) => {
    response.json(request.query);
  });
  server = await startHost(query);
});
afterAll(() => server.host.stop());
afterEach(async () => {
  const response = await fetch(`${server.url}/health`);
  expect(response.status).toBe(200);
});

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
) {
  const response = await fetch(`${server.url}/echo`, { method: 'POST', body, headers });
  return { status: response.status, answer: (await response.json()) as { error?: { code: string; message: string } } };
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('JSON of depth 32 is taken, of depth 33 and of depth 100 000 refused with a path', async () => {
  expect((await post(nested(32))).status).toBe(200);
  for (const depth of [33, 100_000]) {
    const { status, answer } = await post(nested(depth));
    expect([status, answer.error?.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.error?.message).toContain('[0][0]');
  }
});

test('half a million brackets that never close are refused with their place', async () => {
  const { status, answer } = await post('['.repeat(500_000));
  expect([status, answer.error?.code]).toEqual([400, 'INVALID_JSON']);
  expect(answer.error?.message).toContain('line 1, column 500001');
});

test('a body of 1 MiB is taken, one byte more is a 413', async () => {
  const text = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
  expect((await post(text(MIB))).status).toBe(200);
  expect(await post(text(MIB + 1))).toMatchObject({ status: 413, answer: { error: { code: 'BODY_TOO_LARGE' } } });
});

test('a small body that unpacks to more than 1 MiB is a 413', async () => {
  const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
  expect((await post(gzipSync('"packed"'), headers)).status).toBe(200);
  expect((await post(gzipSync(Buffer.alloc(50 * MIB)), headers)).status).toBe(413);
});

test('an object of 1 000 keys is taken, one more is refused', async () => {
  const keys = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])));
  expect((await post(keys(1_000))).status).toBe(200);
  expect((await post(`{"deep":[${keys(1_001)}]}`)).answer.error?.message).toContain('deep[0] has more than 1000 keys');
});

test.each([
  ['NUL in a value', '{"a":{"b":"x\\u0000y"}}', 'a.b'],
  ['NUL in a key', '{"x\\u0000y":1}', 'NUL'],
  ['half a surrogate pair', '{"a":["ok","\\ud800"]}', 'a[1]'],
  ['a number that is not finite', '{"a":1e400}', 'a'],
  ['a key that tampers with prototypes', '{"a":{"__proto__":{"admin":true}}}', '__proto__'],
])('%s is refused with its place', async (_name, body, place) => {
  const { status, answer } = await post(body);
  expect([status, answer.error?.code]).toEqual([400, 'INVALID_REQUEST']);
  expect(answer.error?.message).toContain(place);
});

test('text that is no JSON is refused with line and column', async () => {
  const { status, answer } = await post('{\n  "a": 1,\n  "b": x\n}');
  expect(status).toBe(400);
  expect(answer).toEqual({
    error: {
      code: 'INVALID_JSON',
      message: 'the body is not JSON at line 3, column 8: "x" where value was expected',
      details: { line: 3, column: 8, message: '"x" where value was expected' },
    },
  });
});

test.each(['gzip', 'deflate', 'br'])('a body that is not %s though it says so is a 400', async (encoding) => {
  const { status } = await post('{"plain": true}', {
    'Content-Type': 'application/json',
    'Content-Encoding': encoding,
  });
  expect(status).toBe(400);
});

test('a body of another type, charset or packing is a 415', async () => {
  expect((await post('a=1', { 'Content-Type': 'application/x-www-form-urlencoded' })).status).toBe(415);
  expect((await post('<a/>', { 'Content-Type': 'text/xml' })).status).toBe(415);
  expect((await post('{}', { 'Content-Type': 'application/json', 'Content-Encoding': 'zstd' })).status).toBe(415);
  expect((await post('{}', { 'Content-Type': 'application/json; charset=klingon' })).status).toBe(415);
  expect((await post('{}', { 'Content-Type': 'application/problem+json; charset=utf-8' })).status).toBe(200);
});

test('a request without a body needs no content type', async () => {
  const response = await fetch(`${server.url}/echo`, { method: 'POST' });
  expect([response.status, await response.json()]).toEqual([200, { body: null }]);
});

test('paths and queries that cannot be stored or decoded are a 400', async () => {
  const get = async (path: string) => (await fetch(`${server.url}${path}`)).status;
  expect(await get('/query/x?a=1&a=2')).toBe(200);
  expect(await get('/query/x?a=%00')).toBe(400);
  expect(await get('/query/%00')).toBe(400);
  expect(await get('/query/%zz')).toBe(400);
  expect(await get('/query/x?__proto__=1')).toBe(400);
});

test.each([
  ['two different content lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n', '{}'],
  ['a content length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'],
  ['a header with a bare line feed', 'X-Odd: a\nContent-Length: 2\r\n', '{}'],
])('%s are refused, and the connection is closed', async (_name, headers, body) => {
  const head = `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}Connection: close\r\n\r\n`;
  const answer = await sendRaw(server.url, head + body);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"INVALID_HTTP"');
});

test('what is no HTTP gets a 400', async () => {
  expect(await sendRaw(server.url, '\u0016\u0003\u0001 hello?\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('headers of more than 8 KiB are a 431', async () => {
  const answer = await sendRaw(server.url, `GET /health HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(9_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

test('a client that never finishes its headers or its body is cut off', async () => {
  await using impatient = await startHost(Router(), {
    limits: { headersTimeoutMs: 100, requestTimeoutMs: 200, checkIntervalMs: 20 },
  });
  const slow = [
    sendRaw(impatient.url, 'GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    sendRaw(
      impatient.url,
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    ),
  ];
  const [headers, body] = await Promise.all(slow);
  expect(headers).toMatch(/^HTTP\/1\.1 408 /);
  expect(body).toMatch(/^(HTTP\/1\.1 408 |$)/);
});

test('a client that goes away in the middle of its body harms nobody', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise((done) => socket.once('close', done));
  socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{', () =>
    socket.destroy(),
  );
  await closed;
});

test("no hostile request was the server's own fault", () => {
  expect(server.complaints).toEqual([]);
});
