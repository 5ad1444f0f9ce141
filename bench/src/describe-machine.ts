import { cpus, totalmem } from 'node:os';

/** Gives processors, memory and Node.js in words. */
export function describeMachine(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;
}
