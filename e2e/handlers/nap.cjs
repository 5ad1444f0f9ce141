const { defineHandler } = require('@tasker/worker-sdk');

/** Takes a while: as many milliseconds as its template says. */
exports.nap = defineHandler('nap', {}, async ({ context }) => {
  await new Promise((resolve) => setTimeout(resolve, context.getConfig('ms')));
  return {};
});
