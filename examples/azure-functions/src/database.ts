import { Pool } from '@azure-pg/pg';

/**
 * One for the process: a module is loaded once, and the invocations that it serves share its connections and its token. Every instance of the
 * function app has one, so instances × max is what the server sees.
 */
export const pool: Pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
pool.on('error', (error) => console.error('a connection broke while it was idle:', error.message));
