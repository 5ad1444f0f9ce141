/** A test that shows what a key does: its file, from the repository's root, and its name there. */
export type EffectTest = readonly [file: string, name: string];

export const ORCHESTRATION = 'apps/orchestration/src';
export const WORKER = 'apps/worker/src';
export const E2E = 'e2e/src';

export const keysTest = (name: string): EffectTest => [`${ORCHESTRATION}/orchestrator-keys.test.ts`, name];
export const coordination = (name: string): EffectTest => [`${ORCHESTRATION}/engine/coordination.test.ts`, name];
export const listenForWork = (name: string): EffectTest => [`${ORCHESTRATION}/engine/listen-for-work.test.ts`, name];
export const listenForSteps = (name: string): EffectTest => [`${WORKER}/listen-for-steps.test.ts`, name];
export const workerKeys = (name: string): EffectTest => [`${WORKER}/worker-keys.test.ts`, name];
export const processKeys = (name: string): EffectTest => [`${E2E}/process-keys.test.ts`, name];
export const pool = (name: string): EffectTest => ['packages/store/src/create-pool.test.ts', name];
export const broker = (file: string, name: string): EffectTest => [`packages/broker/src/${file}.test.ts`, name];
export const GIVEN_UP = 'a send is given up after confirm_timeout_ms, and a silent broker after some heartbeat_seconds';
export const limits = (name: string): EffectTest => [`${E2E}/limits-of-tasks.test.ts`, name];
export const executorPool = (name: string): EffectTest => [`${ORCHESTRATION}/engine/executor-pool.test.ts`, name];

export const HEALTH = keysTest(
  'health is checked at its interval, and turns after as many findings as the thresholds say',
);
const PLAN = 'in PollingOnly looks take, and errors are waited out, as the keys of polling say';
export const PLANNED: EffectTest = [`${ORCHESTRATION}/engine/plan-looks.test.ts`, PLAN];
export const BACKED_OFF: EffectTest = [
  'packages/lifecycle/src/driven-loop.test.ts',
  'the wait after failed rounds grows as asked, up to the most',
];
export const RETRIED: EffectTest = [
  `${ORCHESTRATION}/retry-keys.test.ts`,
  'a step whose template is silent is retried as the keys of retry say, give or take 15 %',
];
export const CACHED: EffectTest = [
  `${ORCHESTRATION}/query-cache-keys.test.ts`,
  'the query cache holds max_size answers, and none when it is not enabled',
];
export const ADDRESSES: EffectTest = [
  'packages/testing/src/start-fleet.test.ts',
  'every member is ready on an address of its own with the database and the environment of its kind',
];
export const TRACED: EffectTest = [
  `${E2E}/tracing.test.ts`,
  "a task of four steps is one trace: the caller's, from the request to the last step and what its handlers do",
];
const SWITCHES = {
  enabled: 'without enabled nothing listens for gRPC, and REST is served',
  enable_reflection: 'without enable_reflection tools learn nothing, and calls are answered',
  enable_health_service: 'without enable_health_service probes are not answered, and calls are',
};
const BREAKER = {
  opens: 'a breaker opens after error_threshold errors in a row, and one that is not enabled never does',
  tries: 'an open breaker refuses for timeout_seconds, and a trial has half_open_timeout_seconds',
};
export const POLLS_INSTEAD = 'without %s a worker in Hybrid has no session that listens, and finds steps by polling';
export const LATENESS = '$mode measures how late notifications are at its listener_health_check_interval_ms';

export const grpcSwitch = (key: keyof typeof SWITCHES): readonly EffectTest[] => [
  [`${E2E}/deployment-guide/grpc-switches.test.ts`, SWITCHES[key]],
];
export const breaker = (name: keyof typeof BREAKER): readonly EffectTest[] => [
  ['packages/service-host/src/create-breaker.test.ts', BREAKER[name]],
];
export const tuned = (file: string, name: string): readonly EffectTest[] => [
  [`${WORKER}/to-tuning.test.ts`, 'each number has a key'],
  [file, name],
];
