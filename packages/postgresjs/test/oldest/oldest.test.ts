import driver from 'postgres';
import oldest from 'postgres-oldest';
import { expect, test, vi } from 'vitest';

// The lower end of the peer range keeps the contract and does all that the other tests ask for.
vi.mock('postgres', async () => ({ default: (await import('postgres-oldest')).default }));

test('this runs on postgres 3.4.0', () => {
  expect(driver).toBe(oldest);
});

await import('../contract.test.ts');
await import('../options.test.ts');
await import('../connecting.test.ts');
await import('../driver-features.test.ts');
await import('../pooler.test.ts');
await import('../end-with-connection.test.ts');
await import('../reserve.test.ts');
