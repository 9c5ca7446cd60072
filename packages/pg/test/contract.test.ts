import { describeAdapter } from '@azure-pg/contract';

describeAdapter('pg', new URL('./contract-adapter.ts', import.meta.url));
