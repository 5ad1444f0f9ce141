import type { ServiceDefinition } from '@grpc/grpc-js';
import { abortReason, delay } from '@tasker/lifecycle';
import { service as healthDefinition } from 'grpc-health-check';
import { ApiError } from '../api-error';
import { askReady, type HealthSource } from '../health-source';
import type { GrpcCall, GrpcService } from './grpc-service';

type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

interface HealthRequest {
  readonly service: string;
}

interface HealthAnswer {
  readonly status: ServingStatus;
}

/** What {@link createServingStatus} works with. */
export interface ServingStatusDeps {
  readonly health: Pick<HealthSource, 'isReady'>;
  readonly isStopping: () => boolean;
  /** Full names of the services that are answered for, besides the empty name of the whole server. */
  readonly serviceNames: readonly string[];
  /** How often health is looked at for a watcher, in milliseconds. */
  readonly intervalMs: number;
}

/** Gives `grpc.health.v1.Health`: every served name is SERVING while the process is ready, and NOT_SERVING otherwise. */
export function createServingStatus(deps: ServingStatusDeps): GrpcService {
  const { health, isStopping, intervalMs } = deps;
  const names = new Set(['', ...deps.serviceNames]);

  async function ask(): Promise<ServingStatus> {
    return !isStopping() && (await askReady(health)) ? 'SERVING' : 'NOT_SERVING';
  }

  async function check({ service }: HealthRequest): Promise<HealthAnswer> {
    if (!names.has(service)) throw new ApiError('NOT_FOUND', `service ${service} is not served here`);
    return { status: await ask() };
  }

  async function* watch({ service }: HealthRequest, { signal }: GrpcCall): AsyncGenerator<HealthAnswer> {
    let last: ServingStatus | null = null;
    while (!signal.aborted) {
      const status = names.has(service) ? await ask() : 'SERVICE_UNKNOWN';
      if (status !== last) yield { status };
      last = status;
      await delay(intervalMs, { signal }).catch(() => {});
    }
    // Who watches learns of the stop before the stream ends.
    if (isStopping() && last === 'SERVING') yield { status: 'NOT_SERVING' };
    throw abortReason(signal);
  }

  async function list(): Promise<{ readonly statuses: Readonly<Record<string, HealthAnswer>> }> {
    const status = await ask();
    return { statuses: Object.fromEntries([...names].map((name) => [name, { status }])) };
  }

  return { definition: healthDefinition as ServiceDefinition, methods: { Check: check, Watch: watch, List: list } };
}
