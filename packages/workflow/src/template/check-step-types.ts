import { hintNearest } from './find-nearest';
import { asObject, type ListedStep } from './list-steps';
import type { TemplateProblem } from './template-problem';

/** Finds what a step's type demands or forbids, and keys given under both of their spellings. */
export function checkStepTypes(steps: readonly ListedStep[]): readonly TemplateProblem[] {
  const workers = steps.filter((step) => step.type === 'batch_worker').map((step) => step.name);
  const used = new Set(steps.filter((step) => step.type === 'batchable').map(workerTemplateName));
  return steps.flatMap((step) => [
    ...checkSpellings(step),
    ...checkBatchConfig(step, workers),
    ...checkType(step, workers, used),
  ]);
}

function workerTemplateName(step: ListedStep): unknown {
  return asObject(asObject(step.members.handler).initialization).worker_template_name;
}

function checkSpellings({ index, members }: ListedStep): TemplateProblem[] {
  const pairs = [
    ['type', 'step_type'],
    ['dependencies', 'depends_on'],
  ] as const;
  return pairs
    .filter(([name, alias]) => members[name] !== undefined && members[alias] !== undefined)
    .map(([name, alias]) => ({
      path: ['steps', index, alias],
      at: 'key',
      message: `'${alias}' is another spelling of '${name}', which is given too`,
    }));
}

function checkBatchConfig({ index, type, members }: ListedStep, workers: readonly string[]): TemplateProblem[] {
  const config = members.batch_config;
  if (config === undefined || config === null) return [];
  const path = ['steps', index, 'batch_config'];
  if (type !== 'batchable' && type !== 'batch_worker') {
    return [{ path, at: 'key', message: `'batch_config' has no effect on a step of type '${type}'` }];
  }
  const worker = asObject(config).worker_template;
  if (typeof worker !== 'string' || workers.includes(worker)) return [];
  const message = `there is no step '${worker}' of type 'batch_worker'`;
  return [{ path: [...path, 'worker_template'], message, ...hintNearest(worker, workers) }];
}

function checkType(step: ListedStep, workers: readonly string[], used: ReadonlySet<unknown>): TemplateProblem[] {
  const path = ['steps', step.index];
  switch (step.type) {
    case 'standard':
      return [];
    case 'decision':
    case 'deferred_convergence':
      if (step.dependencies.length > 0) return [];
      return [{ path, message: `a step of type '${step.type}' needs at least one dependency` }];
    case 'batchable':
      return checkBatchable(step, workers);
    case 'batch_worker': {
      if (used.has(step.name)) return [];
      const message = `the step '${step.name}' can never start: no batchable step names it as its 'worker_template_name'`;
      return [{ path, message }];
    }
  }
}

function checkBatchable(step: ListedStep, workers: readonly string[]): TemplateProblem[] {
  const path = ['steps', step.index, 'handler', 'initialization', 'worker_template_name'];
  const name = workerTemplateName(step);
  if (typeof name !== 'string') {
    return [{ path, message: "a step of type 'batchable' needs 'handler.initialization.worker_template_name'" }];
  }
  if (workers.includes(name)) return [];
  return [{ path, message: `there is no step '${name}' of type 'batch_worker'`, ...hintNearest(name, workers) }];
}
