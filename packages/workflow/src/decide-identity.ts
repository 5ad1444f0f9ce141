import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json';
import type { JsonObject } from './json';
import type { IdentityStrategy } from './task-template';

/** What a task's identity is made of. */
export interface IdentityInput {
  readonly strategy: IdentityStrategy;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly context: JsonObject;
  readonly idempotencyKey: string | null;
}

/** The hash that no two tasks share, or that the task equals no other, or that the caller owes a key. */
export type IdentityDecision =
  | { readonly kind: 'identity'; readonly hash: string }
  | { readonly kind: 'unique' }
  | { readonly kind: 'missing_key' };

/**
 * Decides what makes a requested task the same as an earlier one. A given key always decides, whatever the strategy;
 * without one, `strict` takes the context (the order of its keys does not count), `always_unique` nothing. The hash
 * is SHA-256 in lower-case hex.
 */
export function decideIdentity(input: IdentityInput): IdentityDecision {
  if (input.idempotencyKey !== null) return identityOf(input, 'key', input.idempotencyKey);
  switch (input.strategy) {
    case 'strict':
      return identityOf(input, 'context', input.context);
    case 'caller_provided':
      return { kind: 'missing_key' };
    case 'always_unique':
      return { kind: 'unique' };
  }
}

/** `source` keeps a key apart from a context that looks like it. */
function identityOf(input: IdentityInput, source: 'key' | 'context', value: string | JsonObject): IdentityDecision {
  const text = canonicalJson([input.namespace, input.name, input.version, source, value]);
  return { kind: 'identity', hash: createHash('sha256').update(text).digest('hex') };
}
