import { takeFreePort } from '@tasker/testing';
import { ContainerProcess, type StopReport } from './container-process';
import type { ImageName, PackedImage, PackedImages } from './pack-images';
import type { Stack, StackService } from './read-stack';
import { type Machine, type Ports, toContainer } from './to-container';

/** One replica that runs. */
interface Replica {
  readonly container: ContainerProcess;
  readonly url: string;
  /** Only then it is sent requests. */
  isHealthy: boolean;
}

/** What a service runs. */
interface RunningService {
  readonly name: string;
  readonly service: StackService;
  readonly image: PackedImage;
  replicas: readonly Replica[];
  /** How many replicas it has had, those that were replaced included. */
  startedCount: number;
}

/** A replica that was replaced. */
export interface Replacement extends StopReport {
  readonly replica: string;
}

/** How many replicas of a service run, of those the file has. */
export interface Scale {
  readonly service: string;
  readonly replicas: number;
  readonly given: number;
}

/** Where to run a stack. */
export interface StackOptions {
  readonly stack: Stack;
  readonly images: PackedImages['images'];
  readonly machine: Machine;
  /** At most so many replicas of each service. */
  readonly replicasMax: number;
}

const isJob = ({ deploy }: StackService) => deploy?.mode === 'replicated-job';
const givenReplicas = ({ deploy }: StackService) => deploy?.replicas ?? 1;

/** The services that are Tasker's: others run by themselves on this machine. */
function findServices({ stack, images }: StackOptions): readonly RunningService[] {
  return Object.entries(stack.services).flatMap(([name, service]) => {
    const image = images[/^tasker-(\w+):/.exec(service.image)?.[1] as ImageName];
    return image === undefined ? [] : [{ name, service, image, replicas: [], startedCount: 0 }];
  });
}

/** The processes of a stack. Disposing of it stops what still runs. */
export class RunningStack {
  readonly #options: StackOptions;
  readonly #services: readonly RunningService[];
  readonly #jobs: readonly RunningService[];
  readonly #containers = new Set<ContainerProcess>();
  readonly #killAll = () => {
    for (const container of this.#containers) container.kill();
  };

  constructor(options: StackOptions) {
    this.#options = options;
    const services = findServices(options);
    this.#jobs = services.filter(({ service }) => isJob(service));
    this.#services = services.filter(({ service }) => !isJob(service));
    process.once('exit', this.#killAll);
  }

  /** The services that can be updated, in the order of the files. */
  get serviceNames(): readonly string[] {
    return this.#services.map(({ name }) => name);
  }

  get scales(): readonly Scale[] {
    return this.#services.map(({ name, service }) => {
      return { service: name, replicas: this.#replicasOf(service), given: givenReplicas(service) };
    });
  }

  /** Runs the jobs, and starts everything when they are done. @throws {Error} with the end of a log when one fails */
  async start(): Promise<void> {
    for (const { name, service, image } of this.#jobs) await this.run(name, service, image);
    const starts = this.#services.flatMap((one) => {
      return Array.from({ length: this.#replicasOf(one.service) }, () => this.#startReplica(one));
    });
    await Promise.all(starts);
  }

  /** Runs a process to its end. @throws {Error} with the end of its log when it fails */
  async run(name: string, service: StackService, image: PackedImage): Promise<void> {
    const container = this.#launch(name, service, image, { web: 0, grpc: 0 });
    const code = await container.untilEnded();
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${container.logTail()}`);
  }

  /** Where the healthy replicas of the services answer that have the name, or have it as an alias. */
  urlsOf(name: string): readonly string[] {
    const hasName = ({ name: own, service }: RunningService) =>
      own === name || service.networks?.default?.aliases?.includes(name) === true;
    const replicas = this.#services.filter(hasName).flatMap((one) => one.replicas);
    return replicas.filter(({ isHealthy }) => isHealthy).map(({ url }) => url);
  }

  /**
   * Replaces every replica of a service in the order of its `update_config`: one that starts first is healthy before the old one
   * is stopped. The pauses between are left out.
   *
   * @param beforeStop - resolves when a replica may be stopped
   */
  async update(name: string, beforeStop: () => Promise<void>): Promise<readonly Replacement[]> {
    const one = this.#services.find((found) => found.name === name);
    if (one === undefined) throw new Error(`there is no service ${name}`);
    const { parallelism = 1, order = 'stop-first' } = one.service.deploy?.update_config ?? {};
    const replacements: Replacement[] = [];
    const old = one.replicas;
    for (let first = 0; first < old.length; first += parallelism) {
      const replace = async (replica: Replica) => {
        if (order === 'start-first') await this.#startReplica(one);
        await beforeStop();
        replacements.push(await this.#stopReplica(one, replica));
        if (order === 'stop-first') await this.#startReplica(one);
      };
      await Promise.all(old.slice(first, first + parallelism).map(replace));
    }
    return replacements;
  }

  /** Stops everything that runs. */
  async stop(): Promise<readonly Replacement[]> {
    const stops = this.#services.flatMap((one) => one.replicas.map((replica) => this.#stopReplica(one, replica)));
    return Promise.all(stops);
  }

  /** @throws {Error} with the end of its log when a process has ended that was not told to */
  requireAllRunning(): void {
    const ended = this.#services.flatMap(({ replicas }) => replicas).find(({ container }) => container.hasEnded);
    if (ended === undefined) return;
    throw new Error(`${ended.container.name} ended by itself:\n${ended.container.logTail()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    process.removeListener('exit', this.#killAll);
  }

  #replicasOf(service: StackService): number {
    return Math.min(givenReplicas(service), this.#options.replicasMax);
  }

  #launch(name: string, service: StackService, image: PackedImage, ports: Ports): ContainerProcess {
    const container = new ContainerProcess(toContainer(name, service, image, this.#options.machine, ports));
    this.#containers.add(container);
    return container;
  }

  async #startReplica(one: RunningService): Promise<void> {
    one.startedCount += 1;
    const name = `${one.name} ${one.startedCount}`;
    const ports = { web: await takeFreePort(), grpc: await takeFreePort() };
    const container = this.#launch(name, one.service, one.image, ports);
    const replica = { container, url: `http://127.0.0.1:${ports.web}`, isHealthy: false };
    // Known before it is healthy, so that it is stopped when it does not become so.
    one.replicas = [...one.replicas, replica];
    await container.untilHealthy();
    replica.isHealthy = true;
  }

  async #stopReplica(one: RunningService, replica: Replica): Promise<Replacement> {
    one.replicas = one.replicas.filter((other) => other !== replica);
    return { replica: replica.container.name, ...(await replica.container.stop()) };
  }
}
