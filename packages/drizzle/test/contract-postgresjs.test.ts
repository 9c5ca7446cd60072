import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Drizzle over postgres.js', new URL('./contract-adapter-postgresjs.ts', import.meta.url), {
  truth: 'slow',
});
