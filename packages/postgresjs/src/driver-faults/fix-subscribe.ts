import type driver from 'postgres';

/** The instance that the driver keeps for the replication stream of `sql.subscribe`. */
interface ReplicationSql {
  options: { onclose: (id: number) => Promise<void> };
  close(): Promise<void>;
}

/**
 * Makes `sql.subscribe` go on after its connection was lost, as the driver means it to. Two things prevent it: while the server is down
 * each try is an unhandled rejection, which ends the process; and the lost stream, in closing, ends the connection that is being reopened.
 */
export function fixSubscribe({ subscribe }: driver.Sql, warn: (message: string) => void): void {
  const { sql } = subscribe as unknown as { sql?: ReplicationSql };
  if (sql === undefined) return;
  const { onclose } = sql.options;
  const { close } = sql;
  let lost = false;
  let attempts = 0;
  const openAnew = async (id: number): Promise<void> => {
    const attempt = ++attempts;
    lost = true;
    try {
      await onclose(id);
      lost = false;
    } catch (error) {
      // Mostly the attempt's own connection has closed, which calls this again. But the driver also repeats the old connection's last
      // error once more, on a new one that is well.
      setTimeout(() => void (attempt === attempts && openAnew(id)), 1000).unref();
      warn(`The stream of sql.subscribe() could not be opened again: ${(error as Error).message}`);
    }
  };
  sql.options.onclose = openAnew;
  sql.close = async () => {
    if (!lost) await close();
  };
}
