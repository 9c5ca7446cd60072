import { describeAdapter } from '@azure-pg/contract';

describeAdapter('postgres.js', new URL('./contract-adapter.ts', import.meta.url));
