/**
 * The whole contract a second time.
 * @module-tag slow
 */
import { describeAdapter } from '@azure-pg/contract';
import { expect, it } from 'vitest';
import { entriesOf } from './entries.ts';

// All of the tests run over the oldest Prisma by vitest.oldest.config.ts; this is what every run sees of it.
describeAdapter('Prisma 6.16', new URL('./contract-adapter-oldest.ts', import.meta.url), {
  systemErrors: false,
});

it('this is the oldest adapter, under our class', async () => {
  const { PrismaAzurePg, PrismaPg } = await entriesOf('oldest');
  const { PrismaPg: oldest } = await import('@prisma/adapter-pg-oldest');
  expect(PrismaPg).toBe(oldest);
  expect(new PrismaAzurePg('postgres://localhost')).toBeInstanceOf(oldest);
});
