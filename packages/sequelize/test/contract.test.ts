import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Sequelize', new URL('./contract-adapter.ts', import.meta.url), { truth: 'slow' });
