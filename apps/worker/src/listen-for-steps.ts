import { wakeupChannel } from '@tasker/messaging';
import { WakeupListener, type WakeupListenerState } from '@tasker/messaging/pgmq';
import type { Logger } from '@tasker/worker-sdk';
import type { StepListener, WakeupEvents } from './step-wakeups';

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

/** Gives a listener on PostgreSQL's notifications about the queues. */
export function listenForSteps(options: ListenForStepsOptions, events: WakeupEvents): StepListener {
  const { connectionString, queues, startInBackground, logger, onStateChange, onNotification } = options;
  return new WakeupListener({
    connectionString,
    channels: [...new Set(queues.map(wakeupChannel))],
    startInBackground,
    logger,
    onWakeup(queueName) {
      onNotification?.();
      events.onWakeup(queueName);
    },
    onDrain: events.onDrain,
    onStateChange(state) {
      onStateChange?.(state);
      events.onHealth(state.healthy);
    },
  });
}
