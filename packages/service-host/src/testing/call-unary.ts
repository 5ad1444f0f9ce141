import { type CallOptions, type Client, Metadata, type ServiceError } from '@grpc/grpc-js';

/** An answer or an error of a call, with the metadata that came before or after it. */
export type UnaryEnd<Answer> =
  | { readonly ok: true; readonly answer: Answer; readonly headers: Metadata }
  | { readonly ok: false; readonly error: ServiceError };

/** Calls a method of a client by its path. */
export function callUnary<Request, Answer>(
  client: Client,
  method: {
    readonly path: string;
    readonly requestSerialize: (request: Request) => Buffer;
    readonly responseDeserialize: (bytes: Buffer) => Answer;
  },
  request: Request,
  { metadata = {}, ...options }: CallOptions & { readonly metadata?: Record<string, string> } = {},
): Promise<UnaryEnd<Answer>> {
  return new Promise((resolve) => {
    let headers = new Metadata();
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      Metadata.fromHttp2Headers(metadata),
      options,
      (error, answer) =>
        resolve(error === null ? { ok: true, answer: answer as Answer, headers } : { ok: false, error }),
    );
    call.on('metadata', (received: Metadata) => {
      headers = received;
    });
  });
}
