import type { ServiceDefinition } from '@grpc/grpc-js';
import type { RequestIds } from '../request-ids';

/** What a method knows of its call. */
export interface GrpcCall extends RequestIds {
  /**
   * Aborts when the client goes away or its deadline has passed; when the server stops, at once for streams and at the
   * end of its own deadline for the rest.
   */
  readonly signal: AbortSignal;
  /** W3C trace context for what the call leads to: this call's span when it is traced, else the caller's; or null. */
  readonly traceparent: string | null;
  /** The first value of a metadata key that is text; undefined when there is none. */
  get(name: string): string | undefined;
}

type UnaryMethod<Request, Response> = (request: Request, call: GrpcCall) => Promise<Response>;
type StreamMethod<Request, Response> = (request: Request, call: GrpcCall) => AsyncIterable<Response>;

interface Codec<Request, Response> {
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** The methods of a service as functions: a promise for one answer, an async iterable for a stream of them. */
export type GrpcMethods<Definition> = {
  readonly [Name in keyof Definition]: Definition[Name] extends Codec<infer Request, infer Response>
    ? Definition[Name] extends { readonly responseStream: true }
      ? StreamMethod<Request, Response>
      : UnaryMethod<Request, Response>
    : never;
};

/** A service that a server can serve. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  /** By the definition's keys; a method that is missing is answered with UNIMPLEMENTED. */
  readonly methods: Readonly<Record<string, UnaryMethod<never, unknown> | StreamMethod<never, unknown>>>;
}

/** Puts a generated definition and the functions behind it together. They may reject with any error. */
export function defineGrpcService<Definition extends ServiceDefinition>(
  definition: Definition,
  methods: Partial<GrpcMethods<Definition>>,
): GrpcService {
  return { definition, methods: methods as GrpcService['methods'] };
}

/** Gives the full name of a service, such as `tasker.v1.TaskService`. */
export function serviceNameOf({ definition }: GrpcService): string {
  const [method] = Object.values(definition);
  if (method === undefined) throw new TypeError('a gRPC service needs a method');
  return splitPath(method.path).service;
}

/** Splits `/tasker.v1.TaskService/GetTask`. */
export function splitPath(path: string): { readonly service: string; readonly method: string } {
  const [, service = '', method = ''] = path.split('/');
  return { service, method };
}
