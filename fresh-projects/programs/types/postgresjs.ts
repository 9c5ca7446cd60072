import postgres, { runTransaction } from '@azure-pg/postgresjs';

export const sql = postgres('postgresql://localhost/app');
export const make = postgres;
export const answer = () => sql`select 1 as n`;
export const work = () => runTransaction(sql, (one) => one`select 1`);
