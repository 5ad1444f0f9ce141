import type { Tracing } from '@tasker/telemetry';
import type { RequestHandler, Response } from 'express';
import type { Locals } from './request-locals';

/** Probes and scrapes come all the time and lead to nothing. */
const UNTRACED = /^\/(health|metrics)/;

/**
 * Gives a handler that opens a server span for each request, ends it with the answer, and has `traceparent` in the locals
 * name it. Runs what follows inside of the span, so it belongs behind whatever reads the body.
 */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response: Response, next) => {
    const locals = response.locals as Locals;
    const { route, correlationId, traceparent: parent } = locals;
    if (UNTRACED.test(route)) {
      next();
      return;
    }
    const { method } = request;
    const attributes = { 'http.request.method': method, 'http.route': route, correlation_id: correlationId };
    const span = tracing.startSpan({ name: `${method} ${route}`, kind: 'server', parent, attributes });
    locals.traceparent = span.traceparent;
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 499;
      span.setAttributes({ 'http.response.status_code': status });
      if (status >= 500) span.fail(`answered with ${status}`);
      span.end();
    });
    span.run(next);
  };
}
