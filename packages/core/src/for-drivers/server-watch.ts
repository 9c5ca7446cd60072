import type { AzureConnection } from '../connection/connection.ts';
import type { OpenedConnection } from '../open/opened-connection.ts';
import { generationOf, noteServerChange, type ServerChange } from '../open/server-generations.ts';
import { watchForSilence } from './silence-watch.ts';

const changes: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '25006'] satisfies ServerChange[]);
/** Who wants such a server is not surprised that it is read-only. */
const readers: ReadonlySet<string> = new Set(['read-only', 'standby', 'prefer-standby']);

/** Tells which connections of a pool lead to a server that is no longer the one behind its name. */
export interface ServerWatch {
  /** The server has changed since this connection was opened: it should be closed instead of being lent again. */
  readonly outdated: boolean;
  /**
   * Looks at an error that the server sent on this connection: 57P01 to 57P03, and 25006, make the pool's connections outdated.
   *
   * @param readOnlyWanted the program itself made this transaction or session read-only.
   */
  heed(sqlState: string | undefined, readOnlyWanted: boolean): void;
  /** It does not answer: neither will the others. */
  silent(): void;
  /**
   * Gives the connection up, with an AzurePgError `SERVER_SILENT`, when the server is gone while the driver waits for it (`silence_check_after`).
   *
   * @param isWaiting whether the driver waits for an answer.
   * @param mayWaitForProgram whether the server may meanwhile wait for the program: for a cursor's next step, COPY's data.
   */
  watch(isWaiting: () => boolean, mayWaitForProgram: () => boolean): void;
}

/** From now on, for a connection that was opened just now. */
export function watchServer(
  connection: AzureConnection,
  { host, socket, processId }: Pick<OpenedConnection, 'host' | 'socket' | 'processId'>,
  { pooled, dialled }: { readonly pooled: boolean; readonly dialled: boolean },
): ServerWatch {
  const { hosts, targetSessionAttrs, logger } = connection;
  const generation = generationOf(hosts);
  const born = generation();
  return {
    get outdated() {
      return generation() !== born;
    },
    heed(sqlState, readOnlyWanted) {
      if (sqlState === undefined || !changes.has(sqlState) || this.outdated) return;
      if (sqlState === '25006' && (readOnlyWanted || readers.has(targetSessionAttrs))) return;
      noteServerChange(host, sqlState as ServerChange, logger);
    },
    silent() {
      if (!this.outdated) noteServerChange(host, 'no answer', logger);
    },
    watch(isWaiting, mayWaitForProgram) {
      // Nobody but its maker knows where a dialled stream leads.
      if (dialled) return;
      const onDead = (): void => this.silent();
      watchForSilence({
        connection,
        host,
        socket,
        processId: pooled ? undefined : processId,
        isWaiting,
        mayWaitForProgram,
        onDead,
      });
    },
  };
}
