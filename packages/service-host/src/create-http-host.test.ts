import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { Router } from 'express';
import { createHttpHost } from './create-http-host';
import { HttpError } from './http-error';
import { startHost } from './testing/start-host';

const routes = () =>
  Router()
    .get('/tasks/:id', (request, response) => {
      response.json({ id: request.params.id });
    })
    .post('/tasks', (_request, response) => {
      response.status(201).json({});
    })
    .get('/tasks', (request, response) => {
      response.json(request.query);
    })
    .post('/tasks/batch', (_request, response) => {
      response.json({});
    })
    .get('/broken', async () => {
      throw new Error('select secret_column from internals');
    })
    .get('/outage', async () => {
      throw new Error('query failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    })
    .get('/conflict', () => {
      throw new HttpError(409, 'CONFLICT', 'it exists already', { task_uuid: 't-1' });
    })
    .get('/ids', (_request, response) => {
      const { requestId, correlationId } = response.locals;
      response.json({ requestId, correlationId });
    });

test('an unknown path is a 404, a wrong method a 405 that says which are allowed', async () => {
  await using server = await startHost(routes());
  const unknown = await fetch(`${server.url}/nope`);
  expect([unknown.status, await unknown.json()]).toEqual([
    404,
    { error: { code: 'NOT_FOUND', message: 'there is no GET /nope' } },
  ]);
  const wrong = await fetch(`${server.url}/tasks`, { method: 'DELETE' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
  expect(await wrong.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
});

test('a path that two patterns match is answered by the one that knows the method', async () => {
  await using server = await startHost(routes());
  expect(await (await fetch(`${server.url}/tasks/batch`)).json()).toEqual({ id: 'batch' });
  expect((await fetch(`${server.url}/tasks/batch`, { method: 'POST' })).status).toBe(200);
});

test('an unexpected error is a 500 that tells nothing of it, and is logged with its request id', async () => {
  await using server = await startHost(routes());
  const response = await fetch(`${server.url}/broken`);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toContain('secret_column');
  const [message, fields] = server.complaints[0]!;
  expect(message).toBe('http request failed');
  expect(fields).toMatchObject({ route: '/broken', requestId: response.headers.get('x-request-id') });
});

test('an outage of the database is a 503 that says when to come back', async () => {
  await using server = await startHost(routes());
  const response = await fetch(`${server.url}/outage`);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
});

test('an error that a route decides on reaches the client with its details', async () => {
  await using server = await startHost(routes());
  const response = await fetch(`${server.url}/conflict`);
  expect([response.status, await response.json()]).toEqual([
    409,
    { error: { code: 'CONFLICT', message: 'it exists already', details: { task_uuid: 't-1' } } },
  ]);
});

test('a request has an id, and keeps the ids that its caller gave if they are well formed', async () => {
  await using server = await startHost(routes());
  const given = { 'X-Request-Id': 'r-1', 'X-Correlation-Id': 'c-1' };
  const kept = await fetch(`${server.url}/ids`, { headers: given });
  expect(await kept.json()).toEqual({ requestId: 'r-1', correlationId: 'c-1' });
  expect(kept.headers.get('x-correlation-id')).toBe('c-1');

  const odd = await fetch(`${server.url}/ids`, { headers: { 'X-Request-Id': 'a b"<script>' } });
  const ids = (await odd.json()) as { requestId: string; correlationId: string };
  expect(ids.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(ids.correlationId).toBe(ids.requestId);
});

test('requests are counted by method, pattern and status, never by path', async () => {
  await using server = await startHost(routes());
  await fetch(`${server.url}/tasks/1`);
  await fetch(`${server.url}/tasks/2`);
  await fetch(`${server.url}/random-${'x'.repeat(20)}`);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toContain('tasker_http_requests_total{method="GET",route="/tasks/:id",status="200"} 2');
  expect(text).toContain('tasker_http_requests_total{method="GET",route="unmatched",status="404"} 1');
  expect(text).toContain('tasker_http_request_duration_seconds_count{method="GET",route="/tasks/:id"} 2');
});

test('health answers what its source says', async () => {
  await using server = await startHost(Router(), {
    health: {
      summary: async () => ({ status: 'degraded', database: 'connected' }),
      detailed: async () => ({ status: 'unhealthy', reason: 'x' }),
      isReady: async () => {
        throw new Error('database is down');
      },
    },
  });
  const get = async (path: string) => {
    const response = await fetch(`${server.url}${path}`);
    return [response.status, await response.json()];
  };
  expect(await get('/health')).toEqual([200, { status: 'degraded', database: 'connected' }]);
  expect(await get('/health/detailed')).toEqual([503, { status: 'unhealthy', reason: 'x' }]);
  expect(await get('/health/live')).toEqual([200, { status: 'alive' }]);
  expect(await get('/health/ready')).toEqual([503, { status: 'not_ready' }]);
});

test('a health source that throws is unhealthy, and detailed health falls back to the summary', async () => {
  await using broken = await startHost(Router(), {
    health: { summary: () => Promise.reject(new Error('x')), isReady: async () => true },
  });
  expect((await fetch(`${broken.url}/health`)).status).toBe(503);
  expect((await fetch(`${broken.url}/health/detailed`)).status).toBe(503);
  expect((await fetch(`${broken.url}/health/ready`)).status).toBe(200);
});

test('stop lets a running request finish and takes no new one', async () => {
  let finish = () => {};
  let entered = () => {};
  const running = new Promise<void>((done) => {
    entered = done;
  });
  const slow = Router().get('/slow', (_request, response) => {
    finish = () => response.json({ done: true });
    entered();
  });
  const server = await startHost(slow);
  const answer = fetch(`${server.url}/slow`);
  await running;
  const stopping = server.host.stop();
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  finish();
  expect(await (await answer).json()).toEqual({ done: true });
  await stopping;
});

test('stop ends requests that run longer than its deadline, and tells them by their signal', async () => {
  const reasons: unknown[] = [];
  let entered = () => {};
  const running = new Promise<void>((done) => {
    entered = done;
  });
  const endless = Router().get('/endless', (_request, response) => {
    response.locals.signal.addEventListener('abort', () => reasons.push(response.locals.signal.reason));
    entered();
  });
  const server = await startHost(endless, { limits: { stopDeadlineMs: 1 } });
  const answer = fetch(`${server.url}/endless`).catch(() => 'cut off');
  await running;
  await server.host.stop();
  expect(await answer).toBe('cut off');
  expect(reasons).toEqual([expect.objectContaining({ code: 'STOPPED' })]);
});

test('a route is told when its client goes away', async () => {
  let aborted = (_reason: unknown) => {};
  const reason = new Promise((done) => {
    aborted = done;
  });
  const waiting = Router().get('/waiting', (_request, response) => {
    const { signal } = response.locals;
    signal.addEventListener('abort', () => aborted(signal.reason));
    response.write('first');
  });
  await using server = await startHost(waiting);
  const request = httpRequest(`${server.url}/waiting`).end();
  await once(request, 'response');
  request.destroy();
  expect(await reason).toMatchObject({ code: 'CLIENT_GONE' });
});

test('a port that is taken makes start fail', async () => {
  await using server = await startHost();
  const bind = `127.0.0.1:${server.host.address.port}`;
  await expect(startHost(Router(), { bind })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a server without an address says so, and one that never started stops', async () => {
  await using server = await startHost();
  const { metrics } = server;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const health = { summary: async () => ({ status: 'healthy' as const }), isReady: async () => true };
  const host = createHttpHost({ bind: '127.0.0.1:0', routes: [], metrics, health, logger });
  expect(() => host.url).toThrow('has not been started');
  await host.stop();
});

test('nested routers are refused, since the methods of their paths cannot be known', async () => {
  await expect(startHost(Router().use('/v1', Router()))).rejects.toThrow(TypeError);
});
