import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Drizzle over node-postgres', new URL('./contract-adapter.ts', import.meta.url), {
  truth: 'slow',
});
