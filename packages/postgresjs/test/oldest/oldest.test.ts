/**
 * The whole contract a second time.
 * @module-tag slow
 */
import driver from 'postgres';
import oldest from 'postgres-oldest';
import { expect, test, vi } from 'vitest';

// The oldest supported postgres.js keeps the contract. (`npm run matrix` runs all the other tests over it, too.)
vi.mock('postgres', async () => ({ default: (await import('postgres-oldest')).default }));

test('this runs on postgres 3.4.0', () => {
  expect(driver).toBe(oldest);
});

await import('../contract.test.ts');
