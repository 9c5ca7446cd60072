import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Knex', new URL('./contract-adapter.ts', import.meta.url), { truth: 'slow' });
