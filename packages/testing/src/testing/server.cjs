// Answers /health/ready; ends with code 7 when told to fail, with 0 on SIGTERM.
const { createServer } = require('node:http');

if (process.env.FAIL === 'yes') {
  process.stderr.write('no luck today\n');
  process.exit(7);
}
const [host, port] = process.env.TASKER_WEB_BIND_ADDRESS.split(':');
createServer((_request, response) => response.end(`${process.env.DATABASE_URL} ${process.env.ROLE}`)).listen(
  port,
  host,
);
process.on('SIGTERM', () => process.exit(0));
