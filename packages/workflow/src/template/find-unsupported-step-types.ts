import type { StepType, TaskTemplate } from '../task-template';
import type { TemplateError } from '../template-error';

/** The step types that the engine can run. */
const SUPPORTED_STEP_TYPES: ReadonlySet<StepType> = new Set(['standard']);

/** One error for each step whose type is a right one but cannot be run yet. Registration refuses such templates. */
export function findUnsupportedStepTypes(template: Pick<TaskTemplate, 'steps'>): readonly TemplateError[] {
  return template.steps.flatMap(({ type }, index) => {
    if (SUPPORTED_STEP_TYPES.has(type)) return [];
    const message = `step type '${type}' is not supported yet`;
    return [{ line: null, column: null, path: `steps[${index}].type`, message }];
  });
}
