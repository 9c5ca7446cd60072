import { Pool } from '@azure-pg/pg';

const open = (): Pool => {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
  pool.on('error', (error) => console.error('a connection broke while it was idle:', error.message));
  return pool;
};

/**
 * One for the process. `next dev` loads a module again when it or what it imports changes, and bundles may hold it twice: each would have a pool
 * of its own, and the old ones' connections would stay.
 */
const kept = globalThis as { pool?: Pool };
kept.pool ??= open();
export const pool: Pool = kept.pool;
