import type { StepType } from '../task-template';
import { isStepType } from '../task-template';

/** As much of a written step as could be understood, so that one mistake does not hide the others. */
export interface ListedStep {
  /** Position in `steps`. */
  readonly index: number;
  readonly name: string;
  readonly type: StepType;
  /** Position in its list, with the name it holds. */
  readonly dependencies: readonly { readonly position: number; readonly name: string }[];
  /** The spelling its author chose. */
  readonly dependenciesKey: 'dependencies' | 'depends_on';
  readonly members: Readonly<Record<string, unknown>>;
}

/** The steps of a template that may still be wrong, as far as they have a name. */
export function listSteps(raw: unknown): readonly ListedStep[] {
  const steps = asObject(raw).steps;
  return Array.isArray(steps) ? steps.flatMap(listStep) : [];
}

function listStep(step: unknown, index: number): ListedStep[] {
  const members = asObject(step);
  const type = members.type ?? members.step_type;
  if (typeof members.name !== 'string') return [];
  const dependenciesKey = members.dependencies === undefined && members.depends_on ? 'depends_on' : 'dependencies';
  return [
    {
      index,
      name: members.name,
      type: isStepType(type) ? type : 'standard',
      dependencies: listNames(members[dependenciesKey]),
      dependenciesKey,
      members,
    },
  ];
}

function listNames(value: unknown): ListedStep['dependencies'] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.flatMap((name, position) => (typeof name === 'string' ? [{ position, name }] : []));
}

/** The members of an object; none for anything else. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
