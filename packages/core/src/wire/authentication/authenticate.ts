import type { X509Certificate } from 'node:crypto';
import type { Conceal } from '../../connection/conceal.ts';
import type { AuthMethod, RequireAuth } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { type BackendMessage, texts, violation } from '../backend-messages.ts';
import { passwordMessage } from '../frontend-messages.ts';
import type { MessageStream } from '../message-stream.ts';
import { serverRefused } from '../server-refusal.ts';
import { md5Password } from './md5.ts';
import { assertMethodAllowed, methodUnsupported } from './require-auth.ts';
import type { ScramRounds } from './scram.ts';
import { scramExchange } from './scram-exchange.ts';

/** Who signs in, and what the user allows the server to ask. */
export interface Authentication {
  readonly user: string;
  readonly password: string | undefined;
  readonly requireAuth: RequireAuth | undefined;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** The password went out with the startup message, as the answer to a request for it in cleartext. */
  readonly alreadySent: boolean;
  readonly rounds: ScramRounds;
  /** The server's certificate; undefined on a socket without TLS. */
  readonly certificate: X509Certificate | undefined;
  /** What the server says is shown through it. */
  readonly conceal: Conceal;
}

const authenticationLimit = 2000;

/**
 * Answers the server's authentication requests until it says AuthenticationOk, which is returned. Nothing is sent for a method that
 * require_auth or channel_binding does not allow. https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-START-UP
 *
 * @throws AzurePgError `AUTH_METHOD_NOT_ALLOWED`, `PASSWORD_MISSING`, `SERVER_REFUSED`, `PROTOCOL_VIOLATION`, `CONNECTION_CLOSED`
 */
export async function authenticate(stream: MessageStream, who: Authentication): Promise<BackendMessage> {
  let used: AuthMethod = 'none';
  let bound = false;
  for (;;) {
    const message = await nextRequest(stream, who);
    const request = message.body.readInt32BE(0);
    if (who.alreadySent && used === 'none' && request !== 3) throw askedOtherwise(request);
    if (request === 0) {
      if (used === 'none') assertMethodAllowed(who.requireAuth, 'none');
      if (who.channelBinding === 'require' && !bound) throw unbound('signed us in');
      return message;
    }
    // A second request would be a second chance to make us say more than was asked.
    if (used !== 'none') throw violation('a second authentication request');
    switch (request) {
      case 3:
        used = 'password';
        allow(who, used);
        if (!who.alreadySent) stream.write(passwordMessage(passwordOf(who)));
        break;
      case 5: {
        used = 'md5';
        allow(who, used);
        const salt = message.body.subarray(4, 8);
        if (salt.length !== 4) throw violation('an MD5 request without a salt');
        stream.write(passwordMessage(md5Password(who.user, passwordOf(who), salt)));
        break;
      }
      case 10:
        used = 'scram-sha-256';
        bound = await scramExchange(
          texts(message.body.subarray(4)),
          { ...who, password: () => passwordOf(who) },
          {
            write: (bytes) => stream.write(bytes),
            next: () => nextRequest(stream, who),
          },
        );
        break;
      case 7:
      case 8:
        assertMethodAllowed(who.requireAuth, 'gss');
        throw methodUnsupported('GSSAPI');
      case 9:
        assertMethodAllowed(who.requireAuth, 'sspi');
        throw methodUnsupported('SSPI');
      default:
        throw methodUnsupported(request === 2 ? 'Kerberos V5' : `authentication method ${request}`);
    }
  }
}

/** The next authentication request; anything else but an error is not what a server may send here. */
async function nextRequest(stream: MessageStream, who: Authentication): Promise<BackendMessage> {
  const message = await stream.next();
  if (message.type === 'E') throw serverRefused(message, false, who.conceal);
  if (message.type !== 'R') throw violation('something else where an authentication request belongs');
  if (message.body.length < 4 || message.body.length > authenticationLimit) {
    throw violation('an authentication request of impossible length');
  }
  return message;
}

function allow(who: Authentication, method: AuthMethod): void {
  assertMethodAllowed(who.requireAuth, method);
  if (who.channelBinding === 'require') throw unbound(`asked for ${method}`);
}

/** What was sent is then the answer to something else, or to nothing: the server would break the connection. */
function askedOtherwise(request: number): AzurePgError {
  const did = request === 0 ? 'let us in without asking who we are' : 'asked for something else than a token';
  return new AzurePgError(
    'AUTH_METHOD_NOT_ALLOWED',
    `The server ${did}, and send_token=at_once has sent it already`,
    { hint: 'Leave send_token out: the token is then sent when the server asks for it.' },
  );
}

function unbound(did: string): AzurePgError {
  return new AzurePgError(
    'AUTH_METHOD_NOT_ALLOWED',
    `channel_binding is "require", but the server ${did} without channel binding`,
    { hint: 'Only SCRAM over TLS binds the channel; with anything else use channel_binding=prefer.' },
  );
}

function passwordOf({ password, user }: Authentication): string {
  if (password !== undefined) return password;
  throw new AzurePgError(
    'PASSWORD_MISSING',
    `The server wants a password for "${user}", and none was given`,
    {
      hint: 'Give a password (password, PGPASSWORD or a password file), or auth=entra for a Microsoft Entra token.',
    },
  );
}
