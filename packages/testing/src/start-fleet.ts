import { FleetMember } from './fleet-member';
import { takeFreePort } from './take-free-port';

/** The two kinds of process. */
export type MemberKind = 'orchestration' | 'worker';

/** Which processes to run on which database. */
export interface FleetOptions {
  readonly databaseUrl: string;
  /** JavaScript files of the two kinds of process: the `main` of each app. */
  readonly mains: { readonly orchestration: string; readonly worker: string };
  /** @default 1 */
  readonly orchestrations?: number;
  /** @default 1 */
  readonly workers?: number;
  readonly orchestrationEnv?: Readonly<Record<string, string>>;
  /** At least `TASKER_HANDLERS`, and `WORKER_NAMESPACES` or `TASKER_TEMPLATE_PATH`, when there are workers. */
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** What one member has beside its kind, and wins; counted from 0. @default nothing */
  readonly memberEnv?: (kind: MemberKind, index: number) => Readonly<Record<string, string>>;
  /** Whether what the processes write also goes to this process's standard error. @default false */
  readonly showOutput?: boolean;
}

/** Real orchestration and worker processes over one database. Disposing of it stops all of them. */
export interface Fleet extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly orchestrations: readonly FleetMember[];
  readonly workers: readonly FleetMember[];
}

const GRPC_VARIABLES = {
  orchestration: 'TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS',
  worker: 'TASKER_WORKER_GRPC_BIND_ADDRESS',
} as const satisfies Record<MemberKind, string>;

async function createMembers(kind: MemberKind, count: number, options: FleetOptions): Promise<readonly FleetMember[]> {
  const takeAddress = async () => `127.0.0.1:${await takeFreePort()}`;
  const addresses = await Promise.all(
    Array.from({ length: count }, async () => ({ web: await takeAddress(), grpc: await takeAddress() })),
  );
  const own = kind === 'orchestration' ? options.orchestrationEnv : options.workerEnv;
  return addresses.map(({ web, grpc }, index) => {
    return new FleetMember({
      name: `${kind} ${index + 1}`,
      main: options.mains[kind],
      url: `http://${web}`,
      grpcTarget: grpc,
      env: {
        DATABASE_URL: options.databaseUrl,
        TASKER_WEB_BIND_ADDRESS: web,
        [GRPC_VARIABLES[kind]]: grpc,
        ...own,
        ...options.memberEnv?.(kind, index),
      },
      showOutput: options.showOutput ?? false,
    });
  });
}

/**
 * Starts a fleet on a migrated database and waits until every process is ready.
 * @throws when one cannot start; the others are stopped then
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const orchestrations = await createMembers('orchestration', options.orchestrations ?? 1, options);
  const workers = await createMembers('worker', options.workers ?? 1, options);
  const members = [...orchestrations, ...workers];
  const stop = async () => {
    await Promise.all(members.map((member) => member.stop()));
  };
  const started = await Promise.allSettled(members.map((member) => member.start()));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { databaseUrl: options.databaseUrl, orchestrations, workers, [Symbol.asyncDispose]: stop };
}
