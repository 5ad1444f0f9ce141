// pnpm bench: measures the built system; arguments go to the bench.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const main = join(root, 'bench', 'dist', 'main.js');
if (!existsSync(main)) {
  console.error('the bench is not built: run pnpm build first');
  process.exit(1);
}
process.exit(spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1);
