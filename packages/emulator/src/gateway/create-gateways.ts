import { join } from 'node:path';
import { askForPassword, type PgBouncerServer } from '../pgbouncer/pgbouncer-server.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';
import { knowsDirectTls } from '../postgres/versions.ts';
import type { IssuedCertificate } from '../tls/certificate-authority.ts';
import { tlsBackend, unixSocketBackend } from './backend.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';

/** What the gateways before the two servers have in common. */
export type CommonOptions = Pick<
  GatewayOptions,
  'listen' | 'certificate' | 'authenticate' | 'authenticationTimeout'
>;

/** The gateway before PostgreSQL. `authority` has signed the server's certificate, `clientCertificate` opens every role. */
export function directGateway(
  port: number,
  postgres: PostgresServer,
  authority: string,
  clientCertificate: IssuedCertificate,
  common: CommonOptions,
): Gateway {
  return new Gateway({
    ...common,
    port,
    // Only Linux gives a second loopback address without asking.
    openBackend:
      process.platform === 'linux' && postgres.takesTls
        ? tlsBackend(postgres, authority, clientCertificate)
        : unixSocketBackend(socketOf(postgres)),
    directTls: knowsDirectTls(postgres.version),
    plaintextRefusal: ({ user, database }, address) => ({
      sqlState: '28000',
      message: `no pg_hba.conf entry for host "${address}", user "${user}", database "${database}", no encryption`,
    }),
  });
}

/** The gateway before PgBouncer. */
export function pooledGateway(port: number, pgbouncer: PgBouncerServer, common: CommonOptions): Gateway {
  return new Gateway({
    ...common,
    port,
    openBackend: unixSocketBackend(socketOf(pgbouncer)),
    directTls: false,
    plaintextRefusal: () => ({ sqlState: '08P01', message: 'SSL required' }),
    longPasswords: { limit: longestPassword(pgbouncer.version), database: askForPassword },
  });
}

const socketOf = (server: { socketFolder: string; port: number }): string =>
  join(server.socketFolder, `.s.PGSQL.${server.port}`);

/** Up to 1.25.2 PgBouncer keeps a password in 2,048 bytes, one of them the closing zero; later in 65,536. */
function longestPassword(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const newer = major > 1 || minor > 25 || (minor === 25 && patch > 2);
  return newer ? 65_535 : 2047;
}
