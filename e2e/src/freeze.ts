import type { FleetMember } from '@tasker/testing';

/** Stops a process where it is, connections open; gives what lets it go on. */
export function freeze({ pid, name }: FleetMember): () => void {
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGSTOP');
  return () => void process.kill(pid, 'SIGCONT');
}
