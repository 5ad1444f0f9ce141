import { createMigratedDatabase } from './create-migrated-database';

test('two databases are migrated and apart', async () => {
  await using one = await createMigratedDatabase();
  await using two = await createMigratedDatabase();
  await one.pool.query('create table mine ()');
  const count = `select to_regclass('tasker.tasks') is not null as migrated, to_regclass('mine') is not null as touched`;
  expect((await one.pool.query(count)).rows).toEqual([{ migrated: true, touched: true }]);
  expect((await two.pool.query(count)).rows).toEqual([{ migrated: true, touched: false }]);
});
