// Reads manifests as a JSON list from standard input and prints what is wrong with each as a JSON list of texts.
// A process of its own, since the packages with the schemas are ES modules only.
const client = { ...(await import('@kubernetes/client-node')) };

const CUSTOM = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};
const VERSION = /^(v\d+)((alpha|beta)\d+)?$/;

async function findModel({ apiVersion, kind }) {
  const group = apiVersion.split('/')[0];
  const path = `${CUSTOM[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
  const module = await import(path).catch(() => null);
  return module?.[kind];
}

/** The class of the client for a kind, such as V1Deployment; it knows the names of all fields. */
function findClass({ apiVersion, kind }) {
  const version = apiVersion.split('/').at(-1);
  return VERSION.test(version) ? client[`${version[0].toUpperCase()}${version.slice(1)}${kind}`] : undefined;
}

const elementType = (type) => /^Array<(.*)>$/.exec(type)?.[1];

/** Gives the paths of fields that Kubernetes does not know. */
function findUnknownFields(value, typeName, path) {
  const element = elementType(typeName);
  if (element !== undefined && Array.isArray(value)) {
    return value.flatMap((item, index) => findUnknownFields(item, element, `${path}[${index}]`));
  }
  const fields = client[typeName]?.getAttributeTypeMap?.();
  if (fields === undefined || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const field = fields.find(({ baseName }) => baseName === name);
    return field === undefined
      ? [`${path}.${name} is unknown`]
      : findUnknownFields(child, field.type, `${path}.${name}`);
  });
}

async function findProblems(manifest) {
  const where = `${manifest.kind} ${manifest.metadata?.name}`;
  const Model = await findModel(manifest);
  if (Model === undefined) return [`${where}: no schema for ${manifest.apiVersion}`];
  const problems = findUnknownFields(manifest, findClass(manifest)?.name ?? '', where);
  try {
    new Model(manifest).validate();
  } catch (error) {
    problems.push(`${where}: ${error.message}`);
  }
  return problems;
}

let text = '';
for await (const chunk of process.stdin) text += chunk;
const problems = await Promise.all(JSON.parse(text).map(findProblems));
process.stdout.write(JSON.stringify(problems.flat()));
