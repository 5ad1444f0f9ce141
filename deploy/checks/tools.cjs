// The programs that some checks want, where they are found, and how they are got.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/** Where install-tools.cjs puts what it builds. */
const TOOLS_DIRECTORY = join(__dirname, '..', '.tools');

const TOOLS = {
  promtool: { hint: 'apt-get install prometheus', installer: 'apt-get', args: ['install', '--yes', 'prometheus'] },
  helm: {
    hint: 'go install helm.sh/helm/v3/cmd/helm@v3.19.0',
    installer: 'go',
    args: ['install', 'helm.sh/helm/v3/cmd/helm@v3.19.0'],
    // Built from its sources, in ten minutes: only when it is asked for.
    isSlow: true,
  },
  kubectl: { hint: 'see https://kubernetes.io/docs/tasks/tools', installer: null, args: [] },
};

function findInPath(name) {
  const directories = [TOOLS_DIRECTORY, ...(process.env.PATH ?? '').split(delimiter)];
  return directories.map((directory) => join(directory, name)).find((file) => existsSync(file)) ?? null;
}

/** Gives the path of a tool, or null; whether this machine could get it, and whether soon enough to expect it. */
function findTool(name) {
  const { hint, installer, isSlow = false } = TOOLS[name];
  const isRoot = process.getuid?.() === 0;
  const installable = installer !== null && findInPath(installer) !== null && (installer !== 'apt-get' || isRoot);
  return { path: findInPath(name), hint, installable, obtainable: installable && !isSlow };
}

/** Installs what is missing and can be got, what takes long only if `all`. Gives the names of what is still missing. */
function installTools({ all = false } = {}) {
  for (const [name, { installer, args }] of Object.entries(TOOLS)) {
    const { path, installable, obtainable } = findTool(name);
    if (path !== null || !(all ? installable : obtainable)) continue;
    const env = { ...process.env, GOBIN: TOOLS_DIRECTORY, DEBIAN_FRONTEND: 'noninteractive' };
    if (installer === 'apt-get') spawnSync('apt-get', ['update', '--quiet'], { stdio: 'ignore' });
    spawnSync(installer, args, { env, stdio: 'inherit' });
  }
  return Object.keys(TOOLS).filter((name) => findTool(name).path === null);
}

module.exports = { findTool, installTools };
