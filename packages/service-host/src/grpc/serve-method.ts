import { once } from 'node:events';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerWritableStream,
  StatusObject,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import { abortReason, raceAbort } from '@tasker/lifecycle';
import type { Logger, Metrics, Tracing } from '@tasker/telemetry';
import { ApiError } from '../api-error';
import { toGrpcStatus } from './error-metadata';
import type { GrpcCall, GrpcService } from './grpc-service';
import { idMetadata, type OpenCall, openCall, type ServerCall } from './open-call';
import { createCallRecorder } from './record-call';
import { createCallTracer } from './trace-call';

/** What answering calls takes. */
export interface ServeDeps {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Null when calls are not traced. */
  readonly tracing: Tracing | null;
  /** The calls that wait for one answer. */
  readonly running: Set<AbortController>;
  /** The calls that are streams. */
  readonly streaming: Set<AbortController>;
}

type Definition = MethodDefinition<unknown, unknown>;
type Method = (request: unknown, call: GrpcCall) => Promise<unknown> | AsyncIterable<unknown>;

/** What a request that cannot be decoded becomes: thrown, it would reach the client as an error of ours. */
class Undecodable {
  constructor(readonly cause: unknown) {}
}

function requireDecoded(request: unknown): unknown {
  if (!(request instanceof Undecodable)) return request;
  const reason = request.cause instanceof Error ? `: ${request.cause.message}` : '';
  throw new ApiError('INVALID_REQUEST', `the request cannot be decoded${reason}`, undefined, { cause: request.cause });
}

function decodeLeniently(definition: Definition): Definition {
  const requestDeserialize = (bytes: Buffer) => {
    try {
      return definition.requestDeserialize(bytes);
    } catch (error) {
      return new Undecodable(error);
    }
  };
  return { ...definition, requestDeserialize };
}

/** Gives what ends a method's calls: counts, logs, and makes the status of an error. */
function createEnding(deps: ServeDeps, path: string) {
  const record = createCallRecorder(deps, path);
  return (call: GrpcCall, startedMs: number) => ({
    succeed(): void {
      record({ call, durationMs: performance.now() - startedMs });
    },
    fail(error: unknown): StatusObject | null {
      const reply = record({ call, durationMs: performance.now() - startedMs, failure: { error } });
      return reply === null ? null : toGrpcStatus(reply, call);
    },
  });
}

async function withCall<Result>(
  open: OpenCall,
  calls: Set<AbortController>,
  run: (call: GrpcCall) => Promise<Result>,
): Promise<Result> {
  calls.add(open.controller);
  try {
    return await run(open.call);
  } finally {
    calls.delete(open.controller);
  }
}

function serveUnary(deps: ServeDeps, path: string, method: Method): handleUnaryCall<unknown, unknown> {
  const createEnd = createEnding(deps, path);
  const trace = createCallTracer(deps.tracing, path);
  return (serverCall, callback) => {
    const open = openCall(serverCall);
    const { call } = open;
    const end = createEnd(call, performance.now());
    const work = withCall(open, deps.running, async () => {
      const request = requireDecoded(serverCall.request);
      const answer = trace(call, async (traced) => method(request, traced));
      return raceAbort(answer, call.signal);
    });
    work.then(
      (answer) => {
        end.succeed();
        serverCall.sendMetadata(idMetadata(call));
        callback(null, answer);
      },
      (error: unknown) => callback(end.fail(error)),
    );
  };
}

async function writeAll(
  stream: ServerWritableStream<unknown, unknown>,
  answers: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> {
  // After an abort the iterable ends by itself; on a stop of the server it may have a last word.
  for await (const answer of answers) {
    if (stream.cancelled) break;
    // A client that reads slowly holds the stream back, not the memory of this process.
    if (!stream.write(answer) && !signal.aborted) await once(stream, 'drain', { signal });
  }
  if (signal.aborted) throw abortReason(signal);
}

function serveStream(deps: ServeDeps, path: string, method: Method): handleServerStreamingCall<unknown, unknown> {
  const createEnd = createEnding(deps, path);
  return (stream) => {
    const open = openCall(stream as ServerCall);
    const { call } = open;
    const end = createEnd(call, performance.now());
    stream.sendMetadata(idMetadata(call));
    const work = withCall(open, deps.streaming, async () => {
      const answers = method(requireDecoded(stream.request), call) as AsyncIterable<unknown>;
      await writeAll(stream, answers, call.signal);
    });
    work.then(
      () => {
        end.succeed();
        stream.end();
      },
      (error: unknown) => {
        const reason = call.signal.aborted ? abortReason(call.signal) : error;
        stream.emit('error', end.fail(reason));
      },
    );
  };
}

/** Gives a service in the terms of the library: ids, metrics, and one way to answer errors around each method. */
export function serveMethods(
  { definition, methods }: GrpcService,
  deps: ServeDeps,
): { readonly definition: Record<string, Definition>; readonly handlers: Record<string, UntypedHandleCall> } {
  const served: Record<string, Definition> = {};
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const [name, one] of Object.entries(definition)) {
    served[name] = decodeLeniently(one);
    const method = methods[name] as Method | undefined;
    if (method === undefined) continue;
    handlers[name] = one.responseStream ? serveStream(deps, one.path, method) : serveUnary(deps, one.path, method);
  }
  return { definition: served, handlers };
}
