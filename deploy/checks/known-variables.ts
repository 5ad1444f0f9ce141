import { variableBindings } from '@tasker/settings';

/** Variables of the image. */
const OTHERS: readonly string[] = ['TASKER_ENV', 'TASKER_CONFIG_DIR'];
const KEY = /^TASKER__[a-z_]+?(__[a-z_]+)+$/;

/** Whether a process of Tasker reads this variable. Each may have `_FILE` at its end. */
export function isKnownVariable(name: string): boolean {
  const known = new Set([...Object.keys(variableBindings(null)), ...OTHERS]);
  return known.has(name) || known.has(name.replace(/_FILE$/, '')) || KEY.test(name);
}
