import { describeAdapter } from '@azure-pg/contract';

describeAdapter('postgrejs', new URL('./contract-adapter.ts', import.meta.url), { outcomes: false });
