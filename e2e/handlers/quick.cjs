const { defineHandler } = require('@tasker/worker-sdk');

/** Ends at once, without a look at anything. */
exports.quick = defineHandler('quick', {}, () => null);
