const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4, application_name: 'e2e-handlers' });
pool.on('error', () => {});

/** Notes, outside the engine and for good, that an attempt runs here. */
async function recordExecution(context) {
  await pool.query(
    'insert into e2e.executions (step_uuid, task_uuid, step_name, attempt, pid) values ($1, $2, $3, $4, $5)',
    [context.stepUuid, context.taskUuid, context.stepName, context.attempt, process.pid],
  );
}

/** Notes what a handler wants to tell its test. */
async function recordNote(context, note) {
  await pool.query('insert into e2e.notes (step_uuid, attempt, note) values ($1, $2, $3)', [
    context.stepUuid,
    context.attempt,
    note,
  ]);
}

/** Resolves when the test has opened the gate; rejects when the step's signal fires before. */
async function passGate(context, gate) {
  for (;;) {
    context.signal.throwIfAborted();
    const { rowCount } = await pool.query('select from e2e.gates where name = $1', [gate]);
    if (rowCount > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

module.exports = { passGate, recordExecution, recordNote };
