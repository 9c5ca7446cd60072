import { describeAdapter } from '@azure-pg/contract';

describeAdapter('TypeORM', new URL('./contract-adapter.ts', import.meta.url), { truth: 'slow' });
