import { CircuitBreaker } from '@tasker/circuit-breaker';
import type { StepId } from '@tasker/workflow';
import { Pool } from 'pg';
import { createStore } from './create-store';

test('an open breaker stops claims and what is handed back, and no renewal of a lease', async () => {
  const breaker = new CircuitBreaker({ name: 'database', errorThreshold: 1 });
  const away = () => Promise.reject(new Error('away'));
  await breaker.execute(away).catch(() => {});
  // Nobody listens there: a statement that gets past the breaker is refused by the system.
  const pool = new Pool({ connectionString: 'postgresql://tasker@127.0.0.1:1/tasker' });
  const store = createStore(pool, breaker);
  const step = { stepUuid: '0190a000-0000-7000-8000-000000000001' as StepId, attempt: 1 };
  const refused = { code: 'CIRCUIT_OPEN' };
  await expect(store.claimSteps({ queue: 'q', workerId: 'w', max: 1, leaseMs: 1 })).rejects.toMatchObject(refused);
  await expect(store.releaseSteps('w', [step])).rejects.toMatchObject(refused);
  await expect(store.renewLeases('w', [step], 1)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await pool.end();
});
