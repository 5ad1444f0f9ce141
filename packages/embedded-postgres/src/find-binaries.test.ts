import { getBinaries } from './find-binaries';
import { decideServerIdentity } from './server-identity';

test('the platform package comes first', async () => {
  const identity = await decideServerIdentity();
  expect(await getBinaries(identity)).toMatchObject({ source: 'embedded', majorVersion: 18 });
});

test('without any server programs the error says what to do', async () => {
  await expect(getBinaries({}, [])).rejects.toMatchObject({
    code: 'POSTGRES_UNAVAILABLE',
    message: expect.stringContaining('DATABASE_URL'),
  });
});
