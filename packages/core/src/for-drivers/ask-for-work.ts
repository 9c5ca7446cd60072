import type { AzureConnection, Host } from '../connection/connection.ts';
import { AzurePgError, type AzurePgErrorCode } from '../errors/azure-pg-error.ts';
import { openSession } from '../open/open-session.ts';
import type { Session } from '../open/session.ts';

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
  /**
   * Whether this process of it works. In doubt it does: where a pooler stands between, nobody can say.
   *
   * @param mayRead it may be waiting for more from its client, in the middle of a query: a cursor's next step, COPY's data.
   */
  works(processId: number | undefined, mayRead: boolean): boolean;
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
const reading = 'ClientRead';

/** Asks a server, on a connection of its own, which of these processes work. */
export async function askForWork(
  { connection, host }: Place,
  processIds: readonly number[],
): Promise<ServerWork> {
  const states = new Map<number, { readonly state: string; readonly event: string | null | undefined }>();
  let signedIn = false;
  const look = async (session: Session): Promise<void> => {
    signedIn = true;
    const { rows } = await session.execute(
      'SELECT pid, state, wait_event FROM pg_catalog.pg_stat_activity WHERE pid = ANY ($1::text::int[])',
      [`{${processIds.join(',')}}`],
    );
    for (const [pid, state, event] of rows) states.set(Number(pid), { state: state ?? '', event });
  };
  try {
    const session = await openSession(connection, {
      only: host,
      connectTimeout: longestAsk,
      connectRetryTimeout: 0,
      // As a part of connecting, within its time.
      ask: processIds.length === 0 ? undefined : look,
    });
    void session.close();
    return {
      there: true,
      works(pid, mayRead) {
        if (pid === undefined) return true;
        const { state, event } = states.get(pid) ?? { state: 'idle', event: null };
        return !idle.test(state) && (mayRead || event !== reading);
      },
    };
  } catch (error) {
    // One that signs in and then takes its time is busy, not gone: it is asked again after another silence.
    const there = signedIn || !(error instanceof AzurePgError && notThere.has(error.code));
    return { there, works: () => true };
  }
}
