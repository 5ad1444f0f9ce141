const { defineHandler } = require('@tasker/worker-sdk');
const { passGate, recordExecution, recordNote } = require('./record.cjs');

/** Runs until its test opens the gate that the task's input names; notes why its signal fired when it does. */
exports.hold = defineHandler('hold', {}, async ({ context }) => {
  await recordExecution(context);
  if (context.attempt <= (context.getConfig('held_attempts') ?? Number.POSITIVE_INFINITY)) {
    try {
      await passGate(context, context.getInput('gate'));
    } catch (error) {
      await recordNote(context, error.name);
      throw error;
    }
  }
  return { attempt: context.attempt, pid: process.pid };
});
