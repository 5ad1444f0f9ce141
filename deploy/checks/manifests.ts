import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isKnownVariable } from './known-variables';

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;
/** The part of a container that the checks read. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop?: { readonly exec: { readonly command: readonly string[] } } };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}
/** A probe by HTTP or gRPC. */
export interface Probe {
  readonly httpGet?: { readonly path: string };
  readonly grpc?: { readonly port: number; readonly service?: string };
}
/** A manifest, with what the checks read of any kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Labels } & Readonly<Record<string, unknown>>;
    readonly scaleTargetRef?: { readonly name: string };
    readonly podSelector?: { readonly matchLabels?: Labels };
    readonly template?: {
      readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly securityContext?: object;
        readonly containers: readonly Container[];
      };
    };
  };
}

/** Gives what is wrong with manifests by the schemas of Kubernetes, KEDA and the operator of Prometheus. */
export function findSchemaProblems(manifests: readonly unknown[]): readonly string[] {
  const script = join(__dirname, 'validate-manifests.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    input: JSON.stringify(manifests),
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly string[];
}

const includes = (labels: Labels = {}, wanted: Labels = {}) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** The manifests of a kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The containers of all pods. */
export function containersOf(manifests: readonly Manifest[]): readonly Container[] {
  return manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
}

/** Names of the Deployments whose pods have these labels. */
export function findSelected(manifests: readonly Manifest[], labels: Labels | undefined): readonly string[] {
  return ofKind(manifests, 'Deployment')
    .filter(({ spec }) => includes(spec?.template?.metadata.labels, labels))
    .map(({ metadata }) => metadata.name);
}

/** Gives selectors that select nothing, and autoscalers without a Deployment. */
export function findDangling(manifests: readonly Manifest[]): readonly string[] {
  const deployments = ofKind(manifests, 'Deployment').map(({ metadata }) => metadata.name);
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const name = `${kind} ${metadata.name}`;
    if (spec?.scaleTargetRef !== undefined && !deployments.includes(spec.scaleTargetRef.name)) return [name];
    if (kind === 'Service' && findSelected(manifests, spec?.selector as Labels | undefined).length === 0) return [name];
    const matched = kind === 'Deployment' || kind === 'PodDisruptionBudget';
    return matched && findSelected(manifests, spec?.selector?.matchLabels).length === 0 ? [name] : [];
  });
}

/** Gives variables that no process reads, and secrets that are written out. */
export function findVariableProblems(manifests: readonly Manifest[]): readonly string[] {
  return containersOf(manifests).flatMap(({ name: container, env = [] }) =>
    env.flatMap(({ name, valueFrom }) => [
      ...(isKnownVariable(name) ? [] : [`${container}: nobody reads ${name}`]),
      ...(name.endsWith('_URL') && valueFrom === undefined ? [`${container}: ${name} is written out`] : []),
    ]),
  );
}

/** Milliseconds between the end of preStop and the kill, for each Deployment. */
export function stopTimesMs(manifests: readonly Manifest[]): readonly number[] {
  return ofKind(manifests, 'Deployment').map(({ spec }) => {
    const pod = spec?.template?.spec;
    const sleep = pod?.containers[0]?.lifecycle?.preStop?.exec.command[1] ?? '0';
    return ((pod?.terminationGracePeriodSeconds ?? 30) - Number(sleep)) * 1_000;
  });
}
