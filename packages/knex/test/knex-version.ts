import knex from 'knex';

/** Knex takes a program's own pool since 3.3. */
export const takesPools: boolean = 'wrapNativePool' in knex({ client: 'pg' }).client;
