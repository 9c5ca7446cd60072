import type { Pooling } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { pages } from '../explain/pages.ts';
import { allowsNamedStatements } from './pooling-features.ts';

/**
 * Refuses an option that gives statements names where the pooler does not carry them from server to server.
 *
 * @param option the option that asks for them, as the user wrote it.
 * @throws AzurePgError `POOLER_UNSUPPORTED`.
 */
export function assertNamedStatements(pooling: Pooling, option: string): void {
  if (allowsNamedStatements(pooling)) return;
  const { poolMode } = pooling;
  throw new AzurePgError(
    'POOLER_UNSUPPORTED',
    `The option "${option}" is true, and a pooler in ${poolMode} mode with max_prepared_statements=0 loses prepared statements`,
    {
      hint: `Leave "${option}" out; or set max_prepared_statements in PgBouncer, and here to the same number.`,
      docs: pages.preparedStatements,
    },
  );
}
