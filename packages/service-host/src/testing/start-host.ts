import { createMetrics, type Metrics } from '@tasker/telemetry';
import { Router } from 'express';
import { createHttpHost, type HttpHost, type HttpHostOptions } from '../create-http-host';

/** A started server with what a test looks at. */
export interface TestHost extends AsyncDisposable {
  readonly host: HttpHost;
  readonly url: string;
  readonly metrics: Metrics;
  /** Messages and fields of all warnings and errors. */
  readonly complaints: [string, Record<string, unknown> | undefined][];
}

/** Starts a server that echoes bodies at `POST /echo`, with further routes and options of the test. */
export async function startHost(
  routes: Router = Router(),
  options: Partial<Pick<HttpHostOptions, 'health' | 'limits' | 'bind' | 'tracing'>> = {},
): Promise<TestHost> {
  const metrics = createMetrics({ processMetrics: false });
  const complaints: TestHost['complaints'] = [];
  const complain = (message: string, fields?: Record<string, unknown>) => complaints.push([message, fields]);
  const echo = Router().post('/echo', (request, response) => {
    response.json({ body: request.body ?? null });
  });
  const host = createHttpHost({
    bind: '127.0.0.1:0',
    routes: [routes, echo],
    metrics,
    health: { summary: async () => ({ status: 'healthy' }), isReady: async () => true },
    logger: { debug: () => {}, info: () => {}, warn: complain, error: complain },
    ...options,
  });
  await host.start();
  return { host, url: host.url, metrics, complaints, [Symbol.asyncDispose]: () => host.stop() };
}
