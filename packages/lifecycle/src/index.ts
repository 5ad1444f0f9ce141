export { abortReason, raceAbort } from './abort';
export { type Clock, systemClock } from './clock';
export { delay, type WaitOptions } from './delay';
export { StoppedError } from './errors';
export { createFakeClock, type FakeClock } from './fake-clock';
export { type PollLoop, type PollLoopOptions, pollLoop } from './poll-loop';
export { createService, type Service, type ServiceParts } from './service';
export { createStack, type ServiceStack, stopAll } from './service-stack';
