// npm run build: installs what the lock file says and builds all packages.
import { installAndBuild } from './install-and-build.mjs';

await installAndBuild().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
