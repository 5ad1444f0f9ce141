/** Records spans and sends them on. A process without tracing has null in its place, and pays nothing for it. */
export interface Tracing {
  /** Starts a span; whoever starts it ends it. */
  startSpan(request: SpanRequest): TraceSpan;
  /** Sends what is left, for five seconds at most, and records no more. Never rejects; safe to call twice. */
  stop(): Promise<void>;
}

/** What a span is about. */
export interface SpanRequest {
  /** One of few: what kind of work it is, never which. */
  readonly name: string;
  /** `server`: answers a request; `consumer`: carries out what a message asked for. */
  readonly kind: 'server' | 'consumer';
  /** W3C `traceparent` of the span it belongs to; null starts a trace. Whatever span is active does not matter. */
  readonly parent: string | null;
  readonly attributes: SpanAttributes;
}

/** What is known of a span. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span between its start and its end. */
export interface TraceSpan {
  /** W3C `traceparent`, by which others, also in other processes, become its children. */
  readonly traceparent: string;
  /** Runs `work` with the span active, so that spans of other libraries, made in it or in what it awaits, are its children. */
  run<Result>(work: () => Result): Result;
  setAttributes(attributes: SpanAttributes): void;
  /** Marks the span as failed. Credentials in the message are left out. */
  fail(message: string): void;
  end(): void;
}
