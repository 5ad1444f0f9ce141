import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ServerIdentity } from './server-identity';

/** What the supervising process runs, and what it leaves behind. */
export interface SupervisorPlan {
  readonly identity: ServerIdentity;
  readonly initdb: { command: string; args: readonly string[]; directory: string; moveTo: string | null } | null;
  readonly postgres: { command: string; args: readonly string[] };
  /** Where the server logs. */
  readonly logFile: string;
  readonly removeAtEnd: readonly string[];
}

/** A server under supervision: it ends when `stop` is called or when this process dies, whichever comes first. */
export interface SupervisedServer {
  /** True once the server and its supervisor have ended. */
  hasExited(): boolean;
  /** The last 8 KiB of the server's log. */
  logTail(): string;
  /** Ends the server by a fast shutdown and resolves when all is gone; safe to call twice. */
  stop(): Promise<void>;
}

const LOG_TAIL_LENGTH = 8_192;

function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && name !== 'NODE_OPTIONS');
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** Handles must not keep a process alive that forgot to stop its server: its end is what stops the server. */
function unreference(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stderr]) (stream as { unref?: () => void } | null)?.unref?.();
}

/**
 * Starts the supervisor, which initialises the data directory when asked to and then runs the server.
 * It runs in a session of its own, so that Ctrl-C reaches the application first and it can finish its work.
 */
export function superviseServer(plan: SupervisorPlan): SupervisedServer {
  const script = join(__dirname, '..', 'supervisor.cjs');
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
    cwd: '/',
    env: serverEnvironment(),
  });
  child.stdin.on('error', () => {});
  let exited = false;
  const exit = once(child, 'exit').then(
    () => {},
    () => {},
  );
  void exit.then(() => {
    exited = true;
  });
  const collected = collectErrors(child.stderr);
  unreference(child);
  return {
    hasExited: () => exited,
    logTail: () => readLog(plan.logFile) || collected(),
    async stop() {
      child.ref();
      child.stdin.destroy();
      await exit;
    },
  };
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(-LOG_TAIL_LENGTH).trim();
  } catch {
    // Not begun yet, or removed with its directory: then the supervisor has passed on what matters.
    return '';
  }
}

function collectErrors(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-LOG_TAIL_LENGTH);
  });
  return () => tail.trim();
}
