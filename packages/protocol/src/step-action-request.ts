import type { JsonObject, JsonValue } from '@tasker/workflow';
import { compileParser, type Parsed } from './validate';

/** An operator's action on a step: the body of `PATCH /v1/tasks/{uuid}/workflow_steps/{step}`. */
export type StepActionRequest =
  | { readonly action_type: 'reset_for_retry'; readonly reset_by: string; readonly reason: string }
  | { readonly action_type: 'resolve_manually'; readonly resolved_by: string; readonly reason: string }
  | {
      readonly action_type: 'complete_manually';
      readonly completed_by: string;
      readonly reason: string;
      readonly completion_data: { readonly result: JsonValue; readonly metadata?: JsonObject };
    };

const person = { type: 'string', minLength: 1, maxLength: 255 };
const reason = { type: 'string', minLength: 1, maxLength: 1000 };

function actionSchema(actor: string, extra: Record<string, object> = {}) {
  return {
    type: 'object',
    required: ['action_type', actor, 'reason', ...Object.keys(extra)],
    additionalProperties: false,
    properties: { action_type: { type: 'string' }, [actor]: person, reason, ...extra },
  };
}

const parsers: Readonly<Record<StepActionRequest['action_type'], (input: unknown) => Parsed<StepActionRequest>>> = {
  reset_for_retry: compileParser(actionSchema('reset_by')),
  resolve_manually: compileParser(actionSchema('resolved_by')),
  complete_manually: compileParser(
    actionSchema('completed_by', {
      completion_data: {
        type: 'object',
        required: ['result'],
        additionalProperties: false,
        properties: { result: true, metadata: { type: 'object' } },
      },
    }),
  ),
};

const parseKind = compileParser<{ readonly action_type: StepActionRequest['action_type'] }>({
  type: 'object',
  required: ['action_type'],
  properties: { action_type: { enum: ['reset_for_retry', 'resolve_manually', 'complete_manually'] } },
});

/** Parses an operator's action; each kind has its own fields. */
export function parseStepActionRequest(input: unknown): Parsed<StepActionRequest> {
  const kind = parseKind(input);
  return kind.ok ? parsers[kind.value.action_type](input) : kind;
}
