import { type Logger, type Metrics, parseTraceparent, type Tracing } from '@tasker/telemetry';
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { decideErrorReply } from './error-status';
import { HttpError } from './http-error';
import type { HttpLimits } from './http-limits';
import { listRoutes } from './list-routes';
import { readBody, refuseUnfit } from './read-body';
import { decideRequestIds } from './request-ids';
import type { Locals } from './request-locals';
import { traceRequests } from './trace-requests';

/** What the express application is made of. */
export interface AppParts {
  readonly routes: readonly Router[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly limits: HttpLimits;
  readonly isStopping: () => boolean;
  /** One controller for each running request; abort them to end the requests now. */
  readonly running: Set<AbortController>;
  /** Aborts as soon as the server stops. */
  readonly stopSignal: AbortSignal;
  /** Null when requests are not traced. */
  readonly tracing: Tracing | null;
}

const localsOf = (response: Response) => response.locals as Locals;

function prepareResponse({ isStopping, running, stopSignal }: AppParts): RequestHandler {
  return (request, response, next) => {
    const ids = decideRequestIds((name) => request.get(name));
    const locals: Locals = {
      ...ids,
      traceparent: parseTraceparent(request.get('traceparent')),
      signal: signalOf(response, running),
      stopSignal,
      route: 'unmatched',
      allowedMethods: new Set(),
    };
    Object.assign(response.locals, locals);
    response.set({
      'X-Request-Id': ids.requestId,
      'X-Correlation-Id': ids.correlationId,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    });
    if (isStopping()) response.set('Connection', 'close');
    next();
  };
}

function countRequests({ metrics, logger }: AppParts): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    response.once('close', () => {
      const { route, requestId, correlationId } = localsOf(response);
      const durationMs = performance.now() - startedMs;
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.increment('tasker_http_requests_total', { method: request.method, route, status: String(status) });
      metrics.observe('tasker_http_request_duration_seconds', { method: request.method, route }, durationMs / 1_000);
      logger.debug('http request answered', {
        method: request.method,
        route,
        status,
        durationMs,
        requestId,
        correlationId,
      });
    });
    next();
  };
}

/** A signal of the request's own, since `AbortSignal.any` over one that lives as long as the server gathers garbage. */
function signalOf(response: Response, running: Set<AbortController>): AbortSignal {
  const controller = new AbortController();
  running.add(controller);
  response.once('close', () => {
    running.delete(controller);
    if (!response.writableFinished) {
      controller.abort(new HttpError(499, 'CLIENT_GONE', 'the client closed the connection'));
    }
  });
  return controller.signal;
}

/** Notes that a pattern matches the path, and checks the values that it takes from it. */
function noteRoute(path: string, methods: readonly string[], { limits }: AppParts): RequestHandler {
  return (request, response, next) => {
    const locals = localsOf(response);
    for (const method of methods) locals.allowedMethods.add(method);
    if (methods.includes(request.method)) {
      if (locals.route === 'unmatched') locals.route = path;
      refuseUnfit({ ...request.params }, limits.json, 'the path');
    }
    next();
  };
}

function refuseUnrouted({ limits }: AppParts): RequestHandler {
  return (request, response, next) => {
    const { allowedMethods } = localsOf(response);
    if (allowedMethods.size === 0) {
      throw new HttpError(404, 'NOT_FOUND', `there is no ${request.method} ${request.path.slice(0, 200)}`);
    }
    if (!allowedMethods.has(request.method)) {
      const allow = [...allowedMethods].join(', ');
      response.set('Allow', allow);
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', `${request.method} is not allowed here: use ${allow}`);
    }
    refuseUnfit({ ...request.query }, limits.json, 'the query');
    next();
  };
}

function answerErrors({ logger }: AppParts): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const { status, body, retryAfterSeconds } = decideErrorReply(error);
    const { route, requestId, correlationId } = localsOf(response);
    const fields = { method: request.method, route, status, requestId, correlationId, error };
    if (status === 503) logger.warn('http request failed by an outage', fields);
    else if (status >= 500) logger.error('http request failed', fields);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    response.status(status).json(body);
  };
}

/** Builds the express application: ids, metrics, routes with checked input, and one way to answer errors. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(prepareResponse(parts), countRequests(parts));
  for (const { path, methods } of listRoutes(parts.routes)) app.all(path, noteRoute(path, methods, parts));
  // Before the body is read: who asks for what is not there need not send it.
  app.use(refuseUnrouted(parts), ...readBody(parts.limits.json));
  if (parts.tracing !== null) app.use(traceRequests(parts.tracing));
  app.use(...parts.routes, answerErrors(parts));
  return app;
}
