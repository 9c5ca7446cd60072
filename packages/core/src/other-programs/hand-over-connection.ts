import type { AzureConnection, Host } from '../connection/connection.ts';
import { signInSource } from '../credentials/sign-in.ts';
import { permittedAttempts, plaintextOnly } from '../open/credential-safety.ts';
import { reachServer } from '../open/reach-server.ts';
import type { Transport } from '../tls/open-transport.ts';
import { type RootFileLifetime, trustAnchorFile } from './trust-anchor-file.ts';

export type { RootFileLifetime };

/** What another program needs to open its own connection as the settings say. */
export interface HandOver {
  /** The host that answered. */
  readonly host: Host;
  readonly user: string;
  readonly password: string | undefined;
  /** How it answered: in plaintext, over TLS that checks nothing, or verified. */
  readonly security: 'plaintext' | 'unverified' | 'verified';
  /** A file with the one root that a verified server's certificate leads to. */
  readonly rootFile: string | undefined;
}

/**
 * Contacts the server once, as the settings say, and only then fetches the credential: for a program that opens its own connection and should
 * verify as much as this library does.
 *
 * @throws AzurePgError as `openConnection` does up to signing in; `INSECURE_CONNECTION` where the server was reached in a way on which this
 * credential may not travel.
 */
export async function handOver(connection: AzureConnection, lifetime: RootFileLifetime): Promise<HandOver> {
  for (const host of connection.hosts) permittedAttempts(connection, host);
  const transport = await reachServer(connection);
  const { host } = transport.target;
  let rootFile: string | undefined;
  try {
    assertPermitted(connection, transport);
    if (transport.verified) rootFile = trustAnchorFile(connection, transport, lifetime);
  } finally {
    transport.socket.destroy();
  }
  const { connectTimeout } = connection;
  const signal = connectTimeout > 0 ? AbortSignal.timeout(connectTimeout) : new AbortController().signal;
  const { user, password } = await signInSource(connection).get({ signal, host: host.host, port: host.port });
  const security = transport.verified ? 'verified' : transport.encrypted ? 'unverified' : 'plaintext';
  return { host, user, password, security, rootFile };
}

function assertPermitted(connection: AzureConnection, { attempt, target }: Transport): void {
  const permitted = permittedAttempts(connection, target.host).some(
    ({ verify, encryption }) => verify === attempt.verify && encryption === attempt.encryption,
  );
  if (!permitted) throw plaintextOnly(connection, target.host, undefined);
}
