import { queueNamespace, wakeupChannel } from '@tasker/messaging';
import { WakeupListener, type WakeupListenerState } from '@tasker/messaging/pgmq';
import type { Logger } from '@tasker/worker-sdk';
import { parseTaskId } from '@tasker/workflow';
import type { WakeupEvents } from './step-wakeups';

/** What listening needs. */
export interface ListenForStepsOptions {
  /** Reaches PostgreSQL itself or a session pooler. */
  readonly connectionString: string;
  readonly queues: readonly string[];
  /** Whether to start without a connection and make it in the background, for who can poll meanwhile. */
  readonly startInBackground: boolean;
  readonly logger: Logger;
  onStateChange?(state: WakeupListenerState): void;
  onNotification?(): void;
}

/** The channel on which a namespace's workers are told that a task they may be running is theirs no more. */
const leaseLostChannel = (queue: string) => `tasker_lease_lost.${queueNamespace(queue)}`;

/** Gives a listener on PostgreSQL's notifications about the queues, and about leases that somebody took away. */
export function listenForSteps(options: ListenForStepsOptions, events: WakeupEvents): WakeupListener {
  const { connectionString, queues, startInBackground, logger, onStateChange, onNotification } = options;
  return new WakeupListener({
    connectionString,
    channels: [...new Set(queues.flatMap((queue) => [wakeupChannel(queue), leaseLostChannel(queue)]))],
    startInBackground,
    logger,
    onWakeup(payload) {
      onNotification?.();
      // Queue names have no hyphens, so a task's id cannot be one.
      const taskUuid = parseTaskId(payload);
      if (taskUuid === null) events.onWakeup(payload);
      else events.onLeaseLost(taskUuid);
    },
    onDrain: events.onDrain,
    onStateChange(state) {
      onStateChange?.(state);
      events.onHealth(state.healthy);
    },
  });
}
