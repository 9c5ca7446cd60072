import { describeAdapter } from '@azure-pg/contract';

describeAdapter('MikroORM', new URL('./contract-adapter.ts', import.meta.url), { truth: 'slow' });
