import { join } from 'node:path';
import type { ContainerOptions } from './container-process';
import type { PackedImage } from './pack-images';
import { readDurationMs } from './read-duration';
import type { StackService } from './read-stack';

/** What this machine gives in place of what containers have. */
export interface Machine {
  /** Holds the program `node`. */
  readonly programs: string;
  /** Has a file for each secret that was created. */
  readonly secrets: string;
  readonly logs: string;
  /** Whether processes can be given the user of their image. */
  readonly canChangeUser: boolean;
  /** What a service has to be given since it shares this machine. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Free ports in place of those of the container: the first serves HTTP, the second gRPC. */
export interface Ports {
  readonly web: number;
  readonly grpc: number;
}

/** Docker's defaults, where a file does not say. */
const DEFAULT_STOP_GRACE = '10s';
const DEFAULT_START_PERIOD = '0s';
/** Passes signals on as process 1, which these processes are not. */
const INIT = ['tini', '--'] as const;

/** Puts the files of this machine in place of those that the service has: its image's, and the secrets that it names. */
function createPathMapper(service: StackService, image: PackedImage, machine: Machine): (text: string) => string {
  const mounts = [
    ...image.recipe.copies.map(({ destination }) => ({ inside: destination, outside: join(image.root, destination) })),
    ...(service.secrets ?? []).map((name) => ({
      inside: `/run/secrets/${name}`,
      outside: join(machine.secrets, name),
    })),
  ];
  return (text) => {
    const mount = mounts.find(({ inside }) => text === inside || text.startsWith(`${inside}/`));
    return mount === undefined ? text : mount.outside + text.slice(mount.inside.length);
  };
}

function toAddresses({ web, grpc }: Ports): Readonly<Record<string, string>> {
  return {
    TASKER_WEB_BIND_ADDRESS: `127.0.0.1:${web}`,
    TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: `127.0.0.1:${grpc}`,
    TASKER_WORKER_GRPC_BIND_ADDRESS: `127.0.0.1:${grpc}`,
  };
}

function withoutInit(entrypoint: readonly string[]): readonly string[] {
  return INIT.every((word, index) => entrypoint[index] === word) ? entrypoint.slice(INIT.length) : entrypoint;
}

/** The command as the file has it, at the port of this process. */
function toHealth(service: StackService, image: PackedImage, ports: Ports, onHost: (text: string) => string) {
  const { healthcheck } = service;
  if (healthcheck === undefined) return null;
  const [kind, ...command] = healthcheck.test;
  if (kind !== 'CMD') throw new Error(`a health check of the kind ${kind} needs the shell of an image`);
  const containerPort = String(image.recipe.ports[0]);
  const toArgument = (word: string) => (word === containerPort ? String(ports.web) : onHost(word));
  const { interval, retries, start_period: startPeriod = DEFAULT_START_PERIOD } = healthcheck;
  return {
    command: command.map(toArgument),
    timeoutMs: readDurationMs(healthcheck.timeout),
    deadlineMs: readDurationMs(startPeriod) + retries * readDurationMs(interval),
  };
}

/** Says how to start one replica of a service here. */
export function toContainer(
  name: string,
  service: StackService,
  image: PackedImage,
  machine: Machine,
  ports: Ports,
): ContainerOptions {
  const { recipe } = image;
  const onHost = createPathMapper(service, image, machine);
  const environment = { ...recipe.environment, ...service.environment };
  return {
    name,
    command: [...withoutInit(recipe.entrypoint), ...(service.command ?? recipe.command)].map(onHost),
    environment: {
      ...Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, onHost(String(value))])),
      PATH: machine.programs,
      ...toAddresses(ports),
      ...machine.environment,
    },
    workdir: onHost(recipe.workdir),
    user: machine.canChangeUser ? recipe.user : null,
    logFile: join(machine.logs, `${name.replaceAll(' ', '-')}.log`),
    health: toHealth(service, image, ports, onHost),
    stopGraceMs: readDurationMs(service.stop_grace_period ?? DEFAULT_STOP_GRACE),
  };
}
