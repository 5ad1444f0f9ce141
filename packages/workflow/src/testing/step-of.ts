import type { StepDefinition } from '../task-template';

/** A step with nothing said beyond its name and dependencies. */
export function stepOf(name: string, dependencies: readonly string[] = []): StepDefinition {
  return {
    name,
    description: null,
    type: 'standard',
    handler: { callable: 'Handler', method: null, resolver: null, initialization: {} },
    dependencies,
    retry: { retryable: true, maxAttempts: null, backoff: null, backoffBaseMs: null, maxBackoffMs: null },
    timeoutMs: null,
    resultSchema: null,
    systemDependency: null,
    publishesEvents: [],
    batchConfig: null,
  };
}
