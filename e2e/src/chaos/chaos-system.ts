import type { RabbitMqNode } from '@tasker/embedded-rabbitmq';
import type { FleetMember } from '@tasker/testing';
import { type Answer, createApiClient } from '../api-client';
import type { Random } from '../create-random';
import { createMortalDatabase, type MortalDatabase } from '../mortal-database';
import { SHAPES, shapeTemplate } from '../shapes';
import { type System, startSystem } from '../start-system';
import { useRabbitMq, useTestBackend } from '../test-backend';

/** A fleet with servers of its own, all of which may be harmed. */
export interface ChaosSystem {
  readonly system: System;
  readonly database: MortalDatabase;
  /** Null when messages are in the database. */
  readonly broker: RabbitMqNode | null;
  readonly members: readonly FleetMember[];
  /** Asks one process after the other, as long as it takes, until one answers with something other than its own failure. */
  insist<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>>;
}

/** An outage and its end are noticed within seconds, as is a lost worker. */
const QUICK = {
  TASKER__orchestration__health__health_check_interval_ms: '200',
  TASKER__circuit_breakers__database__timeout_seconds: '1',
  TASKER__circuit_breakers__database__half_open_timeout_seconds: '1',
  TASKER__circuit_breakers__message_queue__timeout_seconds: '1',
  TASKER__circuit_breakers__message_queue__half_open_timeout_seconds: '1',
};
const SHORT_LEASE = { TASKER__worker__lease_ms: '3000' };
/** More attempts than disturbances that one step can meet, so that none fails by bad luck. */
const PATIENT = { max_attempts: 100, backoff: 'none' };
const MODES = ['Hybrid', 'EventDrivenOnly', 'PollingOnly'];
const RETRY_MS = 50;

/** Starts two orchestrations and three workers, each in a deployment mode of its own. `broker`: what they talk over; null for the database, or a broker that is shared. */
export async function startChaosSystem(broker: RabbitMqNode | null, random: Random): Promise<ChaosSystem> {
  const database = await createMortalDatabase();
  const system = await startSystem({
    database,
    orchestrations: 2,
    workers: 3,
    orchestrationEnv: QUICK,
    workerEnv: { ...QUICK, ...SHORT_LEASE },
    memberEnv: () => ({ TASKER_DEPLOYMENT_MODE: random.pick(MODES) }),
    useBackend: broker === null ? useTestBackend : (pool) => useRabbitMq(pool, broker.url),
    templates: SHAPES.map((shape) => shapeTemplate(shape, PATIENT)),
  });
  const { orchestrations, workers } = system.fleet;
  return {
    system,
    database,
    broker,
    members: [...orchestrations, ...workers],

    async insist<Body>(method: string, path: string, body?: unknown) {
      for (;;) {
        const { url } = random.pick(orchestrations);
        const answer = await createApiClient(url)
          .call<Body>(method, path, body)
          .catch(() => null);
        if (answer !== null && answer.status < 500) return answer;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    },
  };
}
