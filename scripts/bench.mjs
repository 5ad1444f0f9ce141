// pnpm bench: builds, then measures whole workflows; arguments go to the bench (--help lists them).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installAndBuild } from './install-and-build.mjs';
import { root } from './workspace.mjs';

await installAndBuild({ filter: ['@tasker/bench'], quiet: true });
const main = join(root, 'bench', 'dist', 'main.js');
process.exitCode = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
