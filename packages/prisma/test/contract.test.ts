import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Prisma', new URL('./contract-adapter.ts', import.meta.url), {
  // Prisma turns the system's code into its own DatabaseNotReachable; see prisma.test.ts.
  systemErrors: false,
  truth: 'slow',
});
