import type { SignIn } from '../credentials/sign-in-source.ts';
import type { TlsAttempt } from '../tls/attempts.ts';
import { openTransport, type Transport } from '../tls/open-transport.ts';
import { abortable } from '../waiting/abortable.ts';
import { stages } from './connect-deadline.ts';
import type { Opening } from './opening.ts';
import { type HostTrial, unresponsive } from './try-hosts.ts';

/**
 * A server closes a socket on which nobody signs in after 30 seconds (authentication_timeout). When the token takes longer than
 * this (milliseconds), the socket is given up and a new one made once the token is there.
 */
const longestIdle = 5000;

/** Both at once, since either may take its time; the credential is written only when both are there. */
export async function transportAndSignIn(
  { connection, source, deadline }: Opening,
  { target, among }: HostTrial,
  attempt: TlsAttempt,
): Promise<{ transport: Transport; signIn: SignIn }> {
  const { host, port } = target.host;
  deadline.stage = stages.reaching(host, port);
  const stop = new AbortController();
  const signal = AbortSignal.any([deadline.signal, stop.signal]);
  const asked = abortable(source.get({ signal, host, port }), signal);
  const reach = (): Promise<Transport> =>
    deadline.within(
      deadline.share(among, 'reaching'),
      () => unresponsive(target),
      (part) => openTransport(connection, target, attempt, AbortSignal.any([part, stop.signal])),
    );
  const reached = reach();
  try {
    // The first to fail is the error; the other one is stopped.
    const transport = await Promise.race([reached, asked.then(() => reached)]);
    deadline.stage = stages.credential;
    const signIn = await withinIdle(asked, transport);
    deadline.stage = stages.reaching(host, port);
    if (!transport.socket.destroyed) return { transport, signIn };
    return { transport: await reach(), signIn };
  } catch (error) {
    stop.abort(error);
    asked.catch(() => {});
    reached.then(
      ({ socket }) => socket.destroy(),
      () => {},
    );
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  }
}

/** Waits for the credential, and closes the socket that waits with it when that takes too long or the server gives up. */
async function withinIdle(asked: Promise<SignIn>, { socket }: Transport): Promise<SignIn> {
  const close = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(close, longestIdle).unref();
  // A server says nothing before the StartupMessage: what can be read now is its goodbye.
  socket.on('readable', close);
  try {
    return await asked;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('readable', close);
  }
}
