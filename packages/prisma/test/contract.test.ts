import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Prisma', new URL('./contract-adapter.ts', import.meta.url), {
  // Prisma makes errors of its own out of what was thrown, DatabaseNotReachable for the system's code; see prisma.test.ts.
  systemErrors: false,
  truth: 'slow',
});
