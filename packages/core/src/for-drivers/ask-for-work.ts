import type { AzureConnection, Host } from '../connection/connection.ts';
import { AzurePgError, type AzurePgErrorCode } from '../errors/azure-pg-error.ts';
import { openSession } from '../open/open-session.ts';

/** Where a connection leads. */
export interface Place {
  readonly connection: AzureConnection;
  /** With the address that was used. */
  readonly host: Host;
}

/** What is known of a server. */
export interface ServerWork {
  /** It can be reached. In doubt it can: one that refuses is there. */
  readonly there: boolean;
  /** Whether this process of it works. In doubt it does: where a pooler stands between, nobody can say. */
  works(processId: number | undefined): boolean;
}

/** Milliseconds for one question. */
const longestAsk = 5000;
const notThere: ReadonlySet<AzurePgErrorCode> = new Set([
  'HOST_UNREACHABLE',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
]);
/** "idle", "idle in transaction", …: the process waits for its client; it has answered, or was never asked. */
const idle = /^idle/;

/** Asks a server, on a connection of its own, which of these processes work. */
export async function askForWork(
  { connection, host }: Place,
  processIds: readonly number[],
): Promise<ServerWork> {
  const options = { only: host, connectTimeout: longestAsk, connectRetryTimeout: 0 };
  try {
    await using session = await openSession(connection, options);
    if (processIds.length === 0) return { there: true, works: () => true };
    const { rows } = await session.execute(
      'SELECT pid, state FROM pg_catalog.pg_stat_activity WHERE pid = ANY ($1::text::int[])',
      [`{${processIds.join(',')}}`],
    );
    const states = new Map(rows.map(([pid, state]) => [Number(pid), state ?? '']));
    return { there: true, works: (pid) => pid === undefined || !idle.test(states.get(pid) ?? 'idle') };
  } catch (error) {
    const there = !(error instanceof AzurePgError && notThere.has(error.code));
    return { there, works: () => true };
  }
}
