import { expect, it } from 'vitest';
import { entriesOf } from './entries.ts';

// The contract and all other tests run over the oldest Prisma by vitest.oldest.config.ts: `npm run matrix`.
it('this is the oldest adapter, under our class', async () => {
  const { PrismaAzurePg, PrismaPg } = await entriesOf('oldest');
  const { PrismaPg: oldest } = await import('@prisma/adapter-pg-oldest');
  expect(PrismaPg).toBe(oldest);
  expect(new PrismaAzurePg('postgres://localhost')).toBeInstanceOf(oldest);
});
