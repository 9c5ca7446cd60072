import type { SslMode } from '@azure-pg/core';
import type { Outcome } from './oracles.ts';
import type { TableServers, TableUser } from './table-servers.ts';

const modes: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** One connection string of the table: a mode, with or without a root file. */
export interface Cell {
  readonly mode: SslMode;
  readonly root: boolean;
  readonly text: string;
}

/** A server's row: every mode with and without a root file. */
export function cellsOf(servers: TableServers, user: TableUser): Cell[] {
  return modes.flatMap((mode) =>
    [true, false].map((root) => {
      const settings = {
        host: 'localhost',
        hostaddr: '127.0.0.1',
        port: String(servers.port),
        dbname: 'postgres',
        user,
        password: 'wrong',
        sslmode: mode,
        ...(root ? { sslrootcert: servers.emulator.ca.file } : {}),
      };
      const text = Object.entries(settings)
        .map(([name, value]) => `${name}='${value}'`)
        .join(' ');
      return { mode, root, text };
    }),
  );
}

/** Outcomes under the names of their cells, so that a difference says where it is. */
export function named(cells: readonly Cell[], outcomes: readonly Outcome[]): Record<string, Outcome> {
  return Object.fromEntries(
    cells.map(({ mode, root }, index) => [
      `${mode}, ${root ? 'root file' : 'no root file'}`,
      outcomes[index] as Outcome,
    ]),
  );
}

/** What the server itself says of a session. */
export const encryptionQuery = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
