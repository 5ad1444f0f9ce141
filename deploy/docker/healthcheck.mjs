// The health check of the images, without curl: node healthcheck.mjs PORT [PATH]. Exits with 0 when the process answers 2xx.
const [port, path = '/health/live'] = process.argv.slice(2);
const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) }).catch(
  (error) => ({ ok: false, status: error.cause?.code ?? error.name }),
);
process.stdout.write(`${path}: ${response.status}\n`);
process.exitCode = response.ok ? 0 : 1;
