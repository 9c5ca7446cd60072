import { concealing } from '../connection/conceal.ts';
import type { AzureConnection } from '../connection/connection.ts';
import { signInSource } from '../credentials/sign-in.ts';
import type { SignIn, SignInSource } from '../credentials/sign-in-source.ts';
import { principalOfToken } from '../credentials/token/principal-of-token.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { noteTokenPrincipal } from '../explain/token-principal.ts';
import { warnOfLongToken } from '../pooling/token-length.ts';
import { type TlsAttempt, tlsAttempts } from '../tls/attempts.ts';
import { fallsBack, mostTelling } from '../tls/next-attempt.ts';
import type { Transport } from '../tls/open-transport.ts';
import { abortable } from '../waiting/abortable.ts';
import { MessageStream } from '../wire/message-stream.ts';
import { refusalOf } from '../wire/server-refusal.ts';
import { ConnectDeadline, stages } from './connect-deadline.ts';
import { withRetries } from './connect-retries.ts';
import { permittedAttempts, plaintextOnly, warnOfUnverified } from './credential-safety.ts';
import type { Opening, OpenOptions, SessionOptions } from './opening.ts';
import { noteAlive } from './remembered-hosts.ts';
import { Session } from './session.ts';
import { assertSessionAttributes } from './session-attributes.ts';
import { startSession } from './start-session.ts';
import { transportAndSignIn } from './transport-and-sign-in.ts';
import { type HostTrial, tryHosts, unresponsive } from './try-hosts.ts';

/** Milliseconds of trying again where connecting itself has no deadline. */
const retriedWithoutDeadline = 30_000;

/**
 * Connects and signs in: hosts, addresses, TLS attempts, a fresh credential where the server refused one, and further attempts where a failure passes
 * by itself, all under one deadline. The session is the core's own; `openConnection` hands its socket to a driver.
 *
 * @throws AzurePgError what `openConnection` throws.
 */
export async function openSession(
  connection: AzureConnection,
  options: SessionOptions = {},
  source: SignInSource = signInSource(connection),
): Promise<Session> {
  const { dial, only, signal, connectTimeout = connection.connectTimeout } = options;
  const { loadBalanceHosts, targetSessionAttrs, logger } = connection;
  const hosts = only === undefined ? connection.hosts : [only];
  const places = { hosts, loadBalanceHosts, targetSessionAttrs, logger };
  const {
    connectRetryTimeout = connection.connectRetryTimeout ?? (connectTimeout || retriedWithoutDeadline),
  } = options;
  // Fail early: that a token may not go to the third host should not surface only when the first two are down.
  for (const host of hosts) permittedAttempts(connection, host, dial !== undefined);
  // Whoever dials decides about calling again.
  const budget = dial ? 0 : connectRetryTimeout;
  const deadline = new ConnectDeadline(
    connectTimeout === 0 ? 0 : Math.max(connectTimeout, budget),
    signal,
    budget > 0,
  );
  const opening: Opening = { connection, options, source, deadline, told: [] };
  try {
    return await withRetries(
      connection,
      budget,
      deadline,
      () => tryHosts(places, deadline, (trial) => openOn(opening, trial), dial),
      options.noRetry,
    );
  } finally {
    deadline.done();
  }
}

/** One address: the attempts of sslmode in their order. */
async function openOn(opening: Opening, trial: HostTrial): Promise<Session> {
  const { connection } = opening;
  const { target } = trial;
  const attempts = permittedAttempts(connection, target.host, target.dial !== undefined);
  const failures: { attempt: TlsAttempt; error: unknown }[] = [];
  for (const attempt of attempts) {
    try {
      return await signInOn(opening, trial, attempt);
    } catch (error) {
      failures.push({ attempt, error });
      if (!fallsBack(error)) throw error;
    }
  }
  const error = mostTelling(failures);
  const dropped = tlsAttempts(connection.tls, target.address === undefined).length > attempts.length;
  throw dropped && error instanceof AzurePgError && error.code === 'TLS_NOT_OFFERED'
    ? plaintextOnly(connection, target.host, error)
    : error;
}

/** One attempt on one address; twice, where the server refused the credential and there is a fresh one. */
async function signInOn(opening: Opening, trial: HostTrial, attempt: TlsAttempt): Promise<Session> {
  const { source, deadline, told } = opening;
  const { target, among } = trial;
  for (let fresh = false; ; fresh = true) {
    const { transport, signIn } = await transportAndSignIn(opening, trial, attempt);
    if (!told.includes(signIn.password)) told.push(signIn.password);
    deadline.stage = stages.signingIn(target.host.host, target.host.port);
    try {
      return await deadline.within(
        deadline.share(among, 'signingIn'),
        () => unresponsive(target),
        (signal) => start(opening, trial, transport, { ...signIn, told }, signal),
      );
    } catch (error) {
      const refusal = refusalOf(error);
      const again = !fresh && refusal?.authenticated === false && source.refused(signIn, refusal.fields);
      if (again && !deadline.signal.aborted) continue;
      if (refusal !== undefined) notePrincipal(opening.connection, signIn, error);
      throw error;
    }
  }
}

/** The explanation names whose token it was, and the role to make for it. */
function notePrincipal(
  { auth, user: named }: AzureConnection,
  { user, password }: SignIn,
  error: unknown,
): void {
  if (auth !== 'entra' || password === undefined) return;
  noteTokenPrincipal(error, principalOfToken(password, named === undefined ? user : undefined));
}

async function start(
  { connection, options }: Opening,
  { target, secondPass }: HostTrial,
  transport: Transport,
  { user, password, told }: SignIn & { readonly told: readonly (string | undefined)[] },
  signal: AbortSignal,
): Promise<Session> {
  const { socket } = transport;
  const conceal = concealing(told, connection, user);
  const abort = (): void => {
    socket.destroy(signal.reason);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const stream = new MessageStream(socket);
  try {
    if (password !== undefined) warnOfUnverified(connection, target, transport.attempt);
    if (connection.auth === 'entra' && password !== undefined) warnOfLongToken(connection, password);
    const signingIn = startSession(stream, startupParameters(connection, options, user), {
      user,
      password,
      requireAuth: connection.requireAuth,
      channelBinding: connection.channelBinding,
      alreadySent: sendsAtOnce(connection, transport, password),
      rounds: { most: connection.scramMaxIterations, verified: transport.verified },
      certificate: transport.certificate,
      conceal,
    });
    // Deriving a key ends when it ends.
    const started = await abortable(signingIn, signal);
    const session = new Session(transport, stream, started, { user, password }, conceal);
    try {
      await assertSessionAttributes(session, connection.targetSessionAttrs, {
        pooled: connection.pooling.poolMode !== 'none',
        anyStandby: secondPass,
      });
      await options.ask?.(session);
    } catch (error) {
      if (!signal.aborted) await session.close();
      throw error;
    }
    noteAlive(target.host, target.address);
    return session;
  } catch (error) {
    if (!socket.writableEnded) socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Only where nobody but the server can be the one who reads it, and Entra's answer is a foregone conclusion. */
const sendsAtOnce = (
  { auth, sendToken }: AzureConnection,
  { attempt }: Transport,
  password: string | undefined,
): boolean =>
  sendToken === 'at_once' && auth === 'entra' && attempt.verify === 'full' && password !== undefined;

/** The drivers read everything as UTF-8, whatever the database's or role's own encoding is. */
function startupParameters(
  connection: AzureConnection,
  { startup }: OpenOptions,
  user: string,
): Record<string, string> {
  const { startupParameters: own, database } = connection;
  return { client_encoding: 'UTF8', ...own, ...startup, user, database: database ?? user };
}
