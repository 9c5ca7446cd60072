import { Client, ownConnection, Pool, poolConfig, poolConnection, runTransaction } from '@azure-pg/pg';

const url = 'postgresql://localhost/app';
export const pool = new Pool(url);
export const client = new Client(url);
export const config = poolConfig(url);
export const connection = ownConnection(pool);
export const same = poolConnection(pool);
export const answer = () => pool.query<{ n: number }>('select 1 as n');
export const work = () => runTransaction(pool, async (one) => (await one.query('select 1')).rowCount);
