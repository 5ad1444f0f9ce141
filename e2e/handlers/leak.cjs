const { defineHandler, PermanentError } = require('@tasker/worker-sdk');

/** Does what handlers should not: writes its secret into log lines and errors, in the shapes in which that happens. */
exports.leak = defineHandler('leak', {}, ({ context }) => {
  const secret = context.getConfig('api_key');
  context.logger.warn('signing in', { apiKey: secret, url: `https://user:${secret}@partner.example/` });
  context.logger.info(`signing in with token=${secret}`);
  const cause = new Error(`GET https://user:${secret}@partner.example/ failed`);
  if (context.attempt === 1) throw new Error(`login failed: password=${secret}`, { cause });
  throw new PermanentError(`login failed for good: user=shop password=${secret}`);
});
