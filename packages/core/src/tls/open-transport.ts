import type { X509Certificate } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { isUnixSocket } from '../azure/token-host.ts';
import type { AzureConnection, Host } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { ignoreErrors } from '../wire/ignore-errors.ts';
import type { TlsAttempt } from './attempts.ts';
import { type Dial, dialledStream, isOpen } from './dialled-stream.ts';
import { asciiName, certificateIsFor } from './peer-certificate.ts';
import { requestTls } from './request-tls.ts';
import { type PreparedTls, secureContext } from './secure-context.ts';
import { handshakeFailed, nameMismatch, notTrusted, verificationFailure } from './tls-errors.ts';

/** Where to go: a host of the connection and one of the addresses of its name. */
export interface Target {
  readonly host: Host;
  /** An IP address, or with {@link dial} the host itself; undefined: a Unix socket. */
  readonly address: string | undefined;
  /** Makes the stream, where that is not for us. */
  readonly dial?: Dial | undefined;
}

/** A connected socket on which nothing about the session has been said yet. */
export interface Transport {
  readonly socket: Socket;
  readonly target: Target;
  readonly attempt: TlsAttempt;
  readonly encrypted: boolean;
  /** The server's chain and, with verify-full, its name were checked. */
  readonly verified: boolean;
  /** The server's certificate, where there is one. */
  readonly certificate: X509Certificate | undefined;
}

/**
 * Connects to one address and, where the attempt says so, negotiates and verifies TLS. Resolves only when the verification
 * that was asked for is done; until then not one byte but the SSLRequest and the handshake itself is written. When it
 * rejects, the socket is destroyed. The socket ignores errors until `heedErrors`.
 *
 * @throws AzurePgError `HOST_UNREACHABLE`, `TLS_NOT_OFFERED`, `TLS_HANDSHAKE_FAILED`, `CERTIFICATE_NOT_TRUSTED`, `HOST_NAME_MISMATCH`,
 * `PROTOCOL_VIOLATION`, `CONNECTION_CLOSED`, `CERTIFICATE_FILE`; the signal's reason when it fires; what the target's `dial` throws.
 */
export async function openTransport(
  connection: AzureConnection,
  target: Target,
  attempt: TlsAttempt,
  signal: AbortSignal,
): Promise<Transport> {
  signal.throwIfAborted();
  const { dial } = target;
  const socket = dial ? await dialledStream(dial, target.host, signal) : connectTo(connection, target);
  ignoreErrors(socket);
  const abort = (): void => {
    socket.destroy(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    if (dial && !socket.connecting && !isOpen(socket)) {
      throw unreachable(socket.errored ?? new Error('its transport is closed'), target);
    }
    const connected = dial && !socket.connecting ? Promise.resolve() : whenConnected(socket, target);
    // While the first packet travels: reading files and roots takes time.
    let prepared: PreparedTls | undefined;
    try {
      if (attempt.encryption === 'tls') prepared = secureContext(connection, target.host, attempt);
    } catch (error) {
      connected.catch(() => {});
      throw error;
    }
    await connected;
    if (!dial) tuneKeepalive(socket, connection);
    const plain = { socket, target, attempt, encrypted: false, verified: false, certificate: undefined };
    if (prepared === undefined) return plain;
    if (attempt.negotiation === 'request') await requestTls(socket);
    return { ...plain, ...(await encrypt(connection, plain, prepared, signal)) };
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function connectTo(connection: AzureConnection, { host, address }: Target): Socket {
  if (address === undefined) return connect(unixPath(host));
  const { keepalives, keepalivesIdle } = connection.tcp;
  return connect({
    host: address,
    port: host.port,
    noDelay: true,
    keepAlive: keepalives,
    keepAliveInitialDelay: keepalivesIdle * 1000,
  });
}

/** keepalives_interval and keepalives_count, which older versions of Node.js refuse; a socket takes them once it is connected. */
function tuneKeepalive(socket: Socket, { tcp }: AzureConnection): void {
  const { keepalives, keepalivesIdle, keepalivesInterval, keepalivesCount } = tcp;
  if (!keepalives || (keepalivesInterval ?? keepalivesCount) === undefined) return;
  const tune: (enable: boolean, ...rest: (number | undefined)[]) => unknown = socket.setKeepAlive;
  const interval = keepalivesInterval === undefined ? undefined : keepalivesInterval * 1000;
  tune.call(socket, true, keepalivesIdle * 1000, interval, keepalivesCount);
}

/** As libpq names it; an abstract socket of Linux begins with a zero byte. */
function unixPath({ host, port }: Host): string {
  const path = `${host}/.s.PGSQL.${port}`;
  return host.startsWith('@') ? `\0${path.slice(1)}` : path;
}

function whenConnected(socket: Socket, target: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off('connect', onConnect);
      socket.off('error', onError);
      socket.off('close', onClose);
    };
    const onConnect = (): void => {
      done();
      resolve();
    };
    const onError = (error: Error): void => {
      done();
      reject(unreachable(error, target));
    };
    const onClose = (): void => {
      done();
      reject(unreachable(new Error('closed while connecting'), target));
    };
    socket.on('connect', onConnect);
    socket.on('error', onError);
    socket.on('close', onClose);
  });
}

function unreachable(cause: Error, { host, address }: Target): AzurePgError {
  const { code = cause.message } = cause as NodeJS.ErrnoException;
  const where = isUnixSocket(host.host)
    ? unixPath(host).replace('\0', '@')
    : `"${host.host}"${address === undefined || address === host.host ? '' : ` (${address})`}, port ${host.port}`;
  const hint =
    code === 'ECONNREFUSED'
      ? 'Nothing listens there: check host and port, and that the server runs.'
      : 'A firewall rule, or a private network that cannot be reached from here, is the usual reason.';
  return new AzurePgError('HOST_UNREACHABLE', `Cannot connect to ${where}: ${code}`, { hint, cause });
}

/** The name is checked below, by libpq's rules, before anything is written; verify-ca checks the chain alone. Made once: the socket keeps it. */
const anyName = (): undefined => undefined;

async function encrypt(
  connection: AzureConnection,
  { socket, target, attempt }: Pick<Transport, 'socket' | 'target' | 'attempt'>,
  prepared: PreparedTls,
  signal: AbortSignal,
): Promise<Pick<Transport, 'socket' | 'encrypted' | 'verified' | 'certificate'>> {
  const name = connection.tls.serverName ?? target.host.host;
  const ascii = asciiName(name);
  const secure = tls.connect({
    socket,
    secureContext: prepared.context,
    rejectUnauthorized: attempt.verify !== 'none',
    checkServerIdentity: anyName,
    // libpq offers this with both kinds of negotiation; with `direct` a server must take it.
    ALPNProtocols: ['postgresql'],
    ...(connection.tls.sni && isIP(name) === 0 && !isUnixSocket(name) && ascii !== ''
      ? { servername: ascii }
      : {}),
  });
  ignoreErrors(secure);
  const abort = (): void => {
    secure.destroy(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const certificate = await whenSecure(secure, name, attempt, prepared);
    if (attempt.verify === 'full' && (certificate === undefined || !certificateIsFor(certificate, name))) {
      throw certificate === undefined
        ? handshakeFailed(new Error('no certificate'), name)
        : nameMismatch(certificate, name);
    }
    if (attempt.negotiation === 'direct' && secure.alpnProtocol !== 'postgresql') {
      throw handshakeFailed(new Error('the server did not agree to speak "postgresql" (ALPN)'), name);
    }
    return { socket: secure, encrypted: true, verified: attempt.verify !== 'none', certificate };
  } catch (error) {
    secure.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function whenSecure(
  secure: tls.TLSSocket,
  name: string,
  attempt: TlsAttempt,
  prepared: PreparedTls,
): Promise<X509Certificate | undefined> {
  let certificate: X509Certificate | undefined;
  return new Promise((resolve, reject) => {
    // Node.js destroys the socket when the chain does not hold; the certificate must be looked at just before, to be named.
    const onHandshake = (): void => {
      certificate = secure.getPeerX509Certificate();
    };
    const onSecure = (): void => {
      done();
      if (attempt.verify !== 'none' && !secure.authorized) onError(new Error('not authorized'));
      else resolve(certificate ?? secure.getPeerX509Certificate());
    };
    const onError = (error: Error): void => {
      done();
      const reason: unknown = secure.authorizationError ?? verificationFailure(error);
      if (attempt.verify === 'none' || reason === undefined) reject(handshakeFailed(error, name));
      else reject(notTrusted(String(reason), certificate, name, prepared.roots, error));
    };
    const onClose = (): void => {
      onError(Object.assign(new Error('closed during the handshake'), { code: 'CONNECTION_CLOSED' }));
    };
    const done = (): void => {
      secure.off('secure', onHandshake);
      secure.off('secureConnect', onSecure);
      secure.off('error', onError);
      secure.off('close', onClose);
    };
    secure.prependListener('secure', onHandshake);
    secure.on('secureConnect', onSecure);
    secure.on('error', onError);
    secure.on('close', onClose);
  });
}
