import { isTerminalStep, STEP_STATES, type StepState } from './step-state';
import { buildTransitionTable, type Transition, type TransitionRules } from './transition-table';

/** Everything that can happen to a step. */
export const STEP_EVENTS = [
  'enqueue',
  'start',
  'enqueue_for_orchestration',
  'enqueue_as_error_for_orchestration',
  'lease_expired',
  'complete',
  'wait_for_retry',
  'fail',
  'retry',
  'reset_for_retry',
  'cancel',
  'resolve_manually',
  'complete_manually',
] as const;

/** One of the events of a step. */
export type StepEvent = (typeof STEP_EVENTS)[number];

/** A permitted move of a step. */
export type StepTransition = Transition<StepState, StepEvent>;

const RULES = {
  pending: { enqueue: ['enqueued'], fail: ['error'] },
  enqueued: { start: ['in_progress'], fail: ['error'] },
  in_progress: {
    enqueue_for_orchestration: ['enqueued_for_orchestration'],
    enqueue_as_error_for_orchestration: ['enqueued_as_error_for_orchestration'],
    lease_expired: ['waiting_for_retry', 'error'],
  },
  enqueued_for_orchestration: { complete: ['complete'] },
  enqueued_as_error_for_orchestration: { wait_for_retry: ['waiting_for_retry'], fail: ['error'] },
  waiting_for_retry: { retry: ['pending'] },
  complete: {},
  error: { reset_for_retry: ['pending'] },
  cancelled: {},
  resolved_manually: {},
} as const satisfies TransitionRules<StepState, StepEvent>;

const EVERYWHERE = {
  cancel: ['cancelled'],
  resolve_manually: ['resolved_manually'],
  complete_manually: ['complete'],
} as const satisfies Partial<Record<StepEvent, readonly StepState[]>>;

const TABLE = buildTransitionTable<StepState, StepEvent>(
  RULES,
  STEP_STATES.filter((state) => !isTerminalStep(state)),
  EVERYWHERE,
);

/** Where `event` may lead a step in `from`; empty when it is refused. Only `lease_expired` has two targets. */
export function stepTargets(from: StepState, event: StepEvent): readonly StepState[] {
  return TABLE.targets(from, event);
}

/** True when `event` may lead a step from `from` to `to`. */
export function canStepMove(from: StepState, event: StepEvent, to: StepState): boolean {
  return stepTargets(from, event).includes(to);
}

/**
 * The one state that `event` leads to from `from`. Null when the event is refused, and also where the caller has to
 * choose among several targets: ask `stepTargets` and `canStepMove` there.
 */
export function nextStepState(from: StepState, event: StepEvent): StepState | null {
  const [only, ...others] = stepTargets(from, event);
  return only !== undefined && others.length === 0 ? only : null;
}

/** Every permitted move of a step, once each, in the order of `STEP_STATES`. */
export function listStepTransitions(): readonly StepTransition[] {
  return TABLE.transitions;
}
