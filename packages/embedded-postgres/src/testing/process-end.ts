import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when a process that is not our child has ended, for which the system sends no event. */
export async function waitForProcessEnd(pid: number): Promise<void> {
  while (isRunning(pid)) await delay(10);
}

/** Resolves when a file or directory is gone. */
export async function waitForRemoval(path: string): Promise<void> {
  while (existsSync(path)) await delay(10);
}
