import { isIP } from 'node:net';
import { isUnixSocket } from '../azure/token-host.ts';
import type { AzureConnection } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import type { SettingName } from '../settings/table/settings.ts';
import { isPem, readPem } from '../tls/certificate-file.ts';
import type { PemKind } from '../tls/pem-blocks.ts';

/** A setting, besides sslmode and sslrootcert, that demands something which a program may not know. */
export type DemandingSetting = Extract<
  SettingName,
  | 'hostaddr'
  | 'ssl_server_name'
  | 'sslcert'
  | 'sslcertmode'
  | 'sslcrl'
  | 'sslcrldir'
  | 'ssl_min_protocol_version'
  | 'ssl_max_protocol_version'
  | 'sslsni'
  | 'sslnegotiation'
  | 'channel_binding'
  | 'require_auth'
  | 'trust'
>;

interface Demand {
  /** Whether the settings ask for what a program would not do by itself. */
  readonly asks: (connection: AzureConnection) => boolean;
  /** What they ask for, in a message. */
  readonly words: string;
  /** What to do where a program cannot. */
  readonly instead: string;
}

const demand = (asks: Demand['asks'], words: string, instead: string): Demand => ({ asks, words, instead });

/** What a program that does not know of it would connect without; in the order in which it is refused. */
const demands: Readonly<Record<DemandingSetting, Demand>> = {
  hostaddr: demand(
    ({ hosts }) => hosts.some(({ host, hostaddr }) => hostaddr !== undefined && hostaddr !== host),
    '"hostaddr"',
    'It resolves the name by itself: leave it out, or use the hosts file.',
  ),
  ssl_server_name: demand(
    ({ hosts, tls }) => tls.serverName !== undefined && hosts.some(({ host }) => host !== tls.serverName),
    'a certificate name other than the host\'s ("ssl_server_name")',
    'Connect by the name in the certificate; where DNS does not lead there, with hostaddr or the hosts file.',
  ),
  trust: demand(
    ({ tls }) => tls.trust === 'azure',
    '"trust=azure"',
    "It trusts the operating system's roots as well: leave trust=azure out.",
  ),
  sslcert: demand(
    ({ tls }) => tls.certificate !== undefined && tls.certificateMode !== 'disable',
    'a client certificate ("sslcert")',
    'Leave sslcert and sslkey out; Entra needs none.',
  ),
  sslcertmode: demand(
    ({ tls }) => tls.certificateMode === 'require',
    '"sslcertmode=require"',
    'Leave it out; Entra needs no client certificate.',
  ),
  sslcrl: demand(
    ({ tls }) => tls.revocationList !== undefined,
    'a list of revoked certificates ("sslcrl")',
    'Leave it out, if a revoked certificate may be accepted there.',
  ),
  sslcrldir: demand(
    ({ tls }) => tls.revocationListFolder !== undefined,
    'lists of revoked certificates ("sslcrldir")',
    'Leave it out, if a revoked certificate may be accepted there.',
  ),
  ssl_min_protocol_version: demand(
    ({ tls }) => tls.minVersion === 'TLSv1.3',
    '"ssl_min_protocol_version=TLSv1.3"',
    'Leave it out: the server and its certificate are verified all the same. A server can refuse older versions itself (on Azure: ssl_min_protocol_version in its parameters).',
  ),
  ssl_max_protocol_version: demand(
    ({ tls }) => tls.maxVersion !== undefined,
    '"ssl_max_protocol_version"',
    'Leave it out: the newest version that both know is used.',
  ),
  sslsni: demand(
    ({ tls, hosts }) => !tls.sni && hosts.some(({ host }) => isIP(host) === 0 && !isUnixSocket(host)),
    '"sslsni=0"',
    "Leave it out: it always sends the host's name.",
  ),
  sslnegotiation: demand(
    ({ tls }) => tls.negotiation === 'direct',
    '"sslnegotiation=direct"',
    'Leave it out: it asks for TLS first, and goes on with nothing else.',
  ),
  channel_binding: demand(
    ({ channelBinding }) => channelBinding === 'require',
    '"channel_binding=require"',
    'Leave it out, and write sslmode=verify-full.',
  ),
  require_auth: demand(
    ({ requireAuth }) => requireAuth !== undefined,
    '"require_auth"',
    'Leave it out, and write sslmode=verify-full: then only the right server can ask.',
  ),
};

/**
 * For whatever hands a connection to a program that opens it by itself: what the program cannot do and the settings demand is refused, never
 * left out.
 *
 * @param program who is to open the connection, for the message: "Prisma's schema engine".
 * @param able what it can do. A demand that nobody thought of is refused.
 * @throws AzurePgError `INVALID_SETTING`
 */
export function refuseLost(
  connection: AzureConnection,
  program: string,
  able: readonly DemandingSetting[],
): void {
  for (const [name, { asks, words, instead }] of Object.entries(demands)) {
    if (!able.includes(name as DemandingSetting) && asks(connection)) throw cannot(program, words, instead);
  }
}

/**
 * For programs that are told by libpq's keywords: certificates, keys and lists that were given as text are refused, which libpq cannot read; and
 * so are files that are missing or damaged, for libpq may go on without them. The roots may be text: they are written to a file.
 *
 * @throws AzurePgError `INVALID_SETTING`, `CERTIFICATE_FILE`
 */
export function refuseUnreadable({ tls }: AzureConnection, program: string): void {
  const presents = tls.certificateMode !== 'disable';
  const files: readonly [name: SettingName, value: string | undefined, kind: PemKind, folders?: boolean][] = [
    ['sslcert', presents ? tls.certificate : undefined, 'certificate'],
    ['sslkey', presents ? tls.key : undefined, 'key'],
    ['sslcrl', tls.revocationList, 'revocation list'],
    ['sslcrldir', tls.revocationListFolder, 'revocation list', true],
  ];
  for (const [name, value, kind, folders] of files) {
    if (value === undefined) continue;
    if (isPem(value))
      throw cannot(program, `"${name}" as text`, `Write it to a file, and give that as ${name}.`);
    readPem(name, value, kind, folders);
  }
  for (const value of tls.rootCertificates) {
    if (value !== 'system') readPem('sslrootcert', value, 'certificate', true);
  }
}

/** Tools that read a config show the message of what it throws, and nothing else. */
function cannot(program: string, what: string, instead: string): AzurePgError {
  return new AzurePgError('INVALID_SETTING', `${program} cannot use ${what}. ${instead}`, { hint: instead });
}
