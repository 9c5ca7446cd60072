import { type Stand, startStand } from '@azure-pg/contract';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Two copies in one tree, as a nested node_modules or an ES module beside a CommonJS one makes them.
let stand: Stand;
let postgres: typeof import('../src/index.ts').default;
let other: typeof import('../src/index.ts').default;
let direct: typeof import('../src/direct.ts');
beforeAll(async () => {
  stand = await startStand();
  ({ default: postgres } = await import('../src/index.ts'));
  vi.resetModules();
  ({ default: other } = await import('../src/index.ts'));
  direct = await import('../src/direct.ts');
});
afterAll(() => stand.stop());

test('these are two copies', () => {
  expect(other).not.toBe(postgres);
});

/** The pooler reaches its server over a Unix-domain socket, which has no address. */
async function isPooled(sql: import('postgres').Sql): Promise<boolean> {
  const [session] = await sql`select inet_client_addr() as address`;
  return session?.address === null;
}

test('the options of one copy’s instance make an instance of the other, which goes the same way', async () => {
  const sql = postgres(stand.passwordUrl('adversarial'), { max: 1 });
  const again = other({ ...sql.options, max: 1, idle_timeout: 5 } as object);
  expect(await isPooled(again)).toBe(true);
  expect(again.options.idle_timeout).toBe(5);
  const heard = new Promise<string>((resolve) => {
    again.listen('two copies', resolve, () => again.notify('two copies', 'is heard past the pooler'));
  });
  expect(await heard).toBe('is heard past the pooler');
  await Promise.all([sql.end(), again.end()]);
});

test('one copy’s instance has a direct twin by the other', async () => {
  const sql = postgres(stand.passwordUrl('adversarial'), { max: 1 });
  const twin = direct.directInstance(sql as never, { max: 1 });
  expect(await isPooled(sql)).toBe(true);
  expect(await isPooled(twin)).toBe(false);
  expect(direct.instanceConnection(sql)?.pooling.poolMode).toBe('transaction');
  await Promise.all([sql.end(), twin.end()]);
});
