import type { ExecutorName } from '../engine/executor-pools';

/** One pool of executors. */
export interface ExecutorStatus {
  /** Executors at work. */
  readonly active: number;
  /** Executors at the most. */
  readonly max: number;
  /** Work that waits, as last counted. */
  readonly queueDepth: number;
}

/** The engine as it is now; all of it is known without asking anybody. */
export interface EngineStatus {
  readonly deploymentMode: 'Hybrid' | 'EventDrivenOnly' | 'PollingOnly';
  readonly eventListeners: {
    /** Whether notifications arrive. */
    readonly active: boolean;
    readonly channels: number;
    /** Milliseconds that the last probe took from NOTIFY to arrival; null while none has arrived. */
    readonly lagMs: number | null;
  };
  readonly polling: {
    readonly active: boolean;
    /** Whether it polls because its listener is down or late. */
    readonly fallbackTriggered: boolean;
  };
  readonly executors: Readonly<Record<ExecutorName, ExecutorStatus>>;
}
