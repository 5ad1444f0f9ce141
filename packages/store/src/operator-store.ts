import type { StepState, TaskState } from '@tasker/state-machine';
import type { JsonObject, JsonValue, StepId, TaskId } from '@tasker/workflow';
import { type Database, selectRow } from './database';
import { sqlStatement } from './load-sql';
import { type SettledRow, type SettledTask, toSettled } from './settled-task';

/** What became of an operator's action on a task. */
export type EndTaskOutcome =
  | { readonly kind: 'applied'; readonly state: TaskState; readonly namespace: string }
  | { readonly kind: 'refused'; readonly state: TaskState }
  | { readonly kind: 'not_found' };

/** What became of an operator's action on a step; `taskState` says whether the task was over already. */
export type ResolveStepOutcome =
  | { readonly kind: 'applied'; readonly state: StepState; readonly settled: readonly SettledTask[] }
  | { readonly kind: 'refused'; readonly state: StepState; readonly taskState: TaskState }
  | { readonly kind: 'not_found' };

/** What an operator can do to a step; `metadata` goes to its log. */
export type StepAction =
  | { readonly kind: 'reset_for_retry' }
  | { readonly kind: 'resolve_manually' }
  | { readonly kind: 'complete_manually'; readonly result: JsonValue; readonly metadata?: JsonObject };

/** Who acts, and why; both go to the transition log. */
export interface Signature {
  readonly actor: string;
  readonly reason: string | null;
}

/** The operator's side of the store. Every call is one transaction, and the task moves on by itself in it. */
export interface OperatorStore {
  /** Ends a task that is not over: its open steps end with it, and workers that run some are told. */
  endTask(
    taskUuid: TaskId,
    event: 'cancel' | 'resolve_manually' | 'timeout',
    signature: Signature,
  ): Promise<EndTaskOutcome>;
  /** Repairs one step; only a failed one can be reset. */
  resolveStep(stepUuid: StepId, action: StepAction, signature: Signature): Promise<ResolveStepOutcome>;
}

const toJson = (value?: JsonValue) => (value === undefined ? null : JSON.stringify(value));

/** Gives the operator's store over a pool (or one client). */
export function createOperatorStore(database: Database): OperatorStore {
  return {
    async endTask(taskUuid, event, { actor, reason }) {
      const { outcome } = await selectRow<{
        outcome: { status: EndTaskOutcome['kind']; state: TaskState; namespace: string };
      }>(database, sqlStatement('end-task', [taskUuid, event, actor, reason]));
      const { status, state, namespace } = outcome;
      if (status === 'not_found') return { kind: 'not_found' };
      return status === 'applied' ? { kind: 'applied', state, namespace } : { kind: 'refused', state };
    },

    async resolveStep(stepUuid, action, { actor, reason }) {
      const [result, metadata] = action.kind === 'complete_manually' ? [action.result, action.metadata] : [];
      const parameters = [stepUuid, action.kind, toJson(result), toJson(metadata), actor, reason];
      const { outcome } = await selectRow<{
        outcome: { status: ResolveStepOutcome['kind']; state: StepState; task_state: TaskState; settled: SettledRow[] };
      }>(database, sqlStatement('resolve-step', parameters));
      switch (outcome.status) {
        case 'not_found':
          return { kind: 'not_found' };
        case 'refused':
          return { kind: 'refused', state: outcome.state, taskState: outcome.task_state };
        case 'applied':
          return { kind: 'applied', state: outcome.state, settled: outcome.settled.map(toSettled) };
      }
    },
  };
}
