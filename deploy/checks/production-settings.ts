import { join } from 'node:path';
import { loadSettings, type Settings } from '@tasker/settings';
import { ROOT } from './files';

/** The configuration that the images have in production, with these variables. */
export function loadProductionSettings(variables: Readonly<Record<string, string>> = {}): Settings {
  const directory = join(ROOT, 'config/tasker');
  return loadSettings({ variables, directory, environment: 'production' }).settings;
}

/** Milliseconds that the slowest process may take to stop. */
export function longestShutdownMs({ orchestration, worker }: Settings): number {
  return Math.max(orchestration.shutdown_timeout_ms, worker.shutdown_timeout_ms);
}
