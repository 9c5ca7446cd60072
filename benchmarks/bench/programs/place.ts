import { readFileSync } from 'node:fs';
import type { PoolConfig } from 'pg';

const { BENCH_PORT = '', BENCH_USER = '', BENCH_CA = '' } = process.env;

/** Where the server is, as people write it for pg. */
export const place: PoolConfig = {
  host: 'localhost',
  port: Number(BENCH_PORT),
  user: BENCH_USER,
  database: 'postgres',
  ssl: { ca: readFileSync(BENCH_CA) },
};
