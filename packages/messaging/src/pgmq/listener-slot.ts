import { type Logger, silentLogger } from '../logger';
import { wakeupChannel } from '../wakeup-channel';
import { WakeupListener } from './wakeup-listener';

/** What {@link ListenerSlot} needs. */
export interface ListenerSlotOptions {
  /** Null when there is no URL to listen on: then wake-ups never work. */
  readonly listenUrl: string | null;
  /** Milliseconds of round trip above which wake-ups count as not working. */
  readonly fallbackThresholdMs: number;
  readonly logger: Logger;
  readonly onWakeup: (queue: string) => void;
  readonly onDrain: () => void;
}

/** The provider's one listener: made with the first consumer that wants wake-ups, shared by all. */
export class ListenerSlot {
  private listener: WakeupListener | undefined;

  constructor(private readonly options: ListenerSlotOptions) {}

  get available(): boolean {
    return this.options.listenUrl !== null;
  }

  get problem(): string | null {
    return this.listener?.state.problem?.message ?? null;
  }

  /** Whether wake-ups arrive, and soon enough. */
  get working(): boolean {
    const state = this.listener?.state;
    return state?.healthy === true && (state.roundTripMs ?? 0) <= this.options.fallbackThresholdMs;
  }

  /** Listens for these queues, in the background. */
  listenFor(queues: readonly string[]): void {
    const { listenUrl, onWakeup, onDrain, logger = silentLogger } = this.options;
    if (listenUrl === null) return;
    const channels = queues.map(wakeupChannel);
    if (this.listener) {
      // While connected, the caller's first look comes before LISTEN is in force: look again after it.
      void this.listener.listen(channels).then(onDrain);
      return;
    }
    this.listener = new WakeupListener({
      connectionString: listenUrl,
      channels,
      onWakeup,
      onDrain,
      onStateChange: onDrain,
      logger,
      startInBackground: true,
    });
    void this.listener.start();
  }

  async stop(): Promise<void> {
    await this.listener?.stop();
  }
}
