import { describeAdapter } from '@azure-pg/contract';

describeAdapter('Kysely over pg', new URL('./contract-pg.ts', import.meta.url));
describeAdapter('Kysely over postgres.js', new URL('./contract-postgresjs.ts', import.meta.url));
