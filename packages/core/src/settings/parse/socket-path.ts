import { AzurePgError } from '../../errors/azure-pg-error.ts';

/**
 * Host and port in libpq's sense of a Unix-domain socket's path: `/run/postgresql/.s.PGSQL.5432`.
 *
 * @throws AzurePgError `INVALID_SETTING` for any other path.
 */
export function hostOfSocketPath(path: string): { host: string; port: number } {
  const [, host, port] = /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(path) ?? [];
  if (host !== undefined) return { host, port: Number(port) };
  throw new AzurePgError(
    'INVALID_SETTING',
    'Invalid option "path": it is not the path of a PostgreSQL socket',
    { hint: 'Write it as "/folder/.s.PGSQL.5432", or give the folder as host and the number as port.' },
  );
}
