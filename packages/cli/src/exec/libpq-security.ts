import { resolve } from 'node:path';
import type { AzureConnection } from '@azure-pg/core';
import { type DemandingSetting, refuseLost, refuseUnreadable } from '@azure-pg/core/tooling';
import { handedOverSslMode } from './handed-over-sslmode.ts';

/** The settings by which libpq secures a connection. */
export type LibpqSecurity = Readonly<
  Record<
    Exclude<DemandingSetting, 'ssl_server_name' | 'trust'> | 'sslmode' | 'sslrootcert' | 'sslkey',
    string | undefined
  >
>;

/**
 * How a connection is secured, in libpq's keywords; undefined: libpq's default.
 *
 * @throws AzurePgError `INVALID_SETTING` for what libpq cannot do, and what `handedOverSslMode` throws.
 */
export function libpqSecurity(connection: AzureConnection, rootsFile: string | undefined): LibpqSecurity {
  refuseUnreadable(connection, 'libpq');
  const { tls, hosts, channelBinding, requireAuth } = connection;
  const presents = tls.certificateMode !== 'disable';
  const addresses = hosts.map(({ hostaddr }) => hostaddr ?? '');
  const security: LibpqSecurity = {
    hostaddr: addresses.some((address) => address !== '') ? addresses.join(',') : undefined,
    sslmode: handedOverSslMode(connection),
    sslrootcert: rootsFile,
    sslcert: presents ? absolute(tls.certificate) : undefined,
    sslkey: presents ? absolute(tls.key) : undefined,
    sslcertmode: tls.certificateMode === 'allow' ? undefined : tls.certificateMode,
    sslcrl: absolute(tls.revocationList),
    sslcrldir: absolute(tls.revocationListFolder),
    sslsni: tls.sni ? undefined : '0',
    sslnegotiation: tls.negotiation === 'direct' ? 'direct' : undefined,
    // Libpq's default since 13; an older one would take less.
    ssl_min_protocol_version: tls.minVersion,
    ssl_max_protocol_version: tls.maxVersion,
    channel_binding: channelBinding === 'prefer' ? undefined : channelBinding,
    require_auth: requireAuth?.written,
  };
  // Whom to trust is in the file.
  refuseLost(connection, 'libpq', ['trust', ...(Object.keys(security) as DemandingSetting[])]);
  return security;
}

/** Programs may run elsewhere, and libpq may do without a file that is not there. */
const absolute = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : resolve(file);
