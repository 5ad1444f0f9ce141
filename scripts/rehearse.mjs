// pnpm rehearse: builds, then rehearses the production stack on this machine; arguments go to it (--help lists them).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installAndBuild } from './install-and-build.mjs';
import { root } from './workspace.mjs';

await installAndBuild({ filter: ['@tasker/deploy'], quiet: true });
const main = join(root, 'deploy', 'dist', 'main.js');
process.exitCode = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
