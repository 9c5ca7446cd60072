import { describeAdapter } from '@azure-pg/contract';

const toggles = { truth: 'slow' } as const;
describeAdapter('Kysely over pg', new URL('./contract-pg.ts', import.meta.url), toggles);
describeAdapter('Kysely over postgres.js', new URL('./contract-postgresjs.ts', import.meta.url), toggles);
