// The programs that some checks want, where they are found, and how they are got.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/** Where what is built here is put. */
const TOOLS_DIRECTORY = join(__dirname, '..', '.tools');

const HELM = 'helm.sh/helm/v3/cmd/helm@v3.19.0';

const TOOLS = {
  promtool: {
    hint: 'apt-get install prometheus',
    installer: 'apt-get',
    args: ['install', '--yes', 'prometheus'],
    note: 'installing prometheus for promtool',
  },
  helm: {
    hint: `go install ${HELM}`,
    installer: 'go',
    // Not optimized: built in half the time, and quick enough to render a chart.
    args: ['install', '-gcflags=all=-N -l', '-ldflags=-s -w', HELM],
    env: { CGO_ENABLED: '0', GOBIN: TOOLS_DIRECTORY },
    note: 'building helm from its sources, once: about two minutes',
    // A machine with go may still be without a way to the sources.
    mayFail: true,
  },
  kubectl: {
    hint: 'apt-get install kubectl, or see https://kubernetes.io/docs/tasks/tools',
    installer: 'apt-get',
    args: ['install', '--yes', 'kubectl'],
    note: 'installing kubectl',
    // Not every source of packages has it.
    mayFail: true,
  },
};

function findInPath(name) {
  const directories = [TOOLS_DIRECTORY, ...(process.env.PATH ?? '').split(delimiter)];
  return directories.map((directory) => join(directory, name)).find((file) => existsSync(file)) ?? null;
}

function isInstallable({ installer }) {
  if (findInPath(installer) === null) return false;
  return installer !== 'apt-get' || process.getuid?.() === 0;
}

/** Gives the path of a tool, or null; how it is got; and whether this machine must have been able to get it. */
function findTool(name) {
  const tool = TOOLS[name];
  return { path: findInPath(name), hint: tool.hint, obtainable: isInstallable(tool) && tool.mayFail !== true };
}

/** Installs what is missing and can be got. What is still missing then is told by the checks that want it. */
function installTools() {
  for (const [name, tool] of Object.entries(TOOLS)) {
    if (findInPath(name) !== null || !isInstallable(tool)) continue;
    console.log(tool.note);
    if (tool.installer === 'apt-get') spawnSync('apt-get', ['update', '--quiet'], { stdio: 'ignore' });
    const { status, stdout, stderr } = spawnSync(tool.installer, tool.args, {
      env: { DEBIAN_FRONTEND: 'noninteractive', ...process.env, ...tool.env },
      encoding: 'utf8',
      timeout: 15 * 60_000,
    });
    if (status !== 0) console.error(`${stdout}${stderr}${name} could not be had`);
  }
}

module.exports = { findTool, installTools };
