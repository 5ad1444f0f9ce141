/** A message read from a queue, or why it is none. */
export type MessageParse<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly reason: string };
