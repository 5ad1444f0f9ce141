export { abortReason, raceAbort } from './abort';
export { type Clock, systemClock } from './clock';
export { delay, type WaitOptions } from './delay';
export {
  createDrivenLoop,
  type DrivenLoop,
  type DrivenLoopOptions,
  type ErrorBackoff,
  type Round,
  type RoundCause,
} from './driven-loop';
export { StoppedError } from './errors';
export { createFakeClock, type FakeClock } from './fake-clock';
export { createIdleService, createService, type Service, type ServiceParts } from './service';
export { SERVICE_NODE_OPTIONS } from './service-node-options';
export { createStack, type ServiceStack, stopAll } from './service-stack';
