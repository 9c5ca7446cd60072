import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';

/** Two servers, one of which takes over from the other: the same password opens them, and one URL verifies both. */
export interface ServerPair extends AsyncDisposable {
  /** With a pooler that puts every transaction on another connection. */
  readonly first: Emulator;
  readonly second: Emulator;
  /** The password user's, at this port of a proxy or of one of the servers. */
  urlAt(port: number): string;
  /** What stands in the table `written (who text)` of one of them. */
  written(server: Emulator): Promise<string[]>;
  /** The first server refuses to write from now on, as an old primary does; its processes hear of it one by one. */
  setReadOnly(): Promise<void>;
  resetReadOnly(): Promise<void>;
}

export async function startServerPair(): Promise<ServerPair> {
  const [first, second] = await Promise.all([
    startEmulator({ pooler: { adversarial: true } }),
    startEmulator({ pooler: false }),
  ]);
  const roots = join(first.folder, 'both.pem');
  writeFileSync(roots, first.ca.pem + second.ca.pem);
  await second.query(`alter role app password '${first.postgres.password}'`);
  for (const { query } of [first, second]) {
    await query('create table written (who text)');
    await query('grant all on written to public');
  }
  const reload = (): Promise<unknown> => first.query('select pg_reload_conf()');
  return {
    first,
    second,
    urlAt(port) {
      const url = new URL(first.postgres.url);
      url.port = String(port);
      url.searchParams.set('sslrootcert', roots);
      return url.href;
    },
    written: async (server) =>
      (await server.query<{ who: string }>('select who from written order by who')).map(({ who }) => who),
    async setReadOnly() {
      await first.query('alter system set default_transaction_read_only = on');
      await reload();
    },
    async resetReadOnly() {
      await first.query('alter system reset default_transaction_read_only');
      await reload();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}
