/** Ends the process of a service that cannot be made or started. */
function fail(error) {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

exports.fail = fail;

/** Runs a service until SIGTERM, as the mains of the apps do. */
exports.runService = (service) => {
  process.once('SIGTERM', () => {
    service.stop().then(() => process.exit(0), fail);
  });
  service.start().catch(fail);
};

/** Finds an outage, and its end, in seconds instead of minutes. */
exports.healthChecks = { intervalMs: 200, unhealthyThreshold: 3, recoveryThreshold: 2 };

/** Tries again when its time is over. */
exports.brief = { errorThreshold: 5, timeoutMs: 1_000, halfOpenTimeoutMs: 1_000 };

/** Tries again when the listener has a connection again, long before its time is over. */
exports.long = { errorThreshold: 5, timeoutMs: 600_000, halfOpenTimeoutMs: 1_000 };
