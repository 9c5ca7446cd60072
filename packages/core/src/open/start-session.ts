import { type Authentication, authenticate } from '../wire/authentication/authenticate.ts';
import { backendKey, texts, violation } from '../wire/backend-messages.ts';
import { passwordMessage, startupMessage } from '../wire/frontend-messages.ts';
import type { MessageStream } from '../wire/message-stream.ts';
import { serverRefused } from '../wire/server-refusal.ts';

/** What the server said from AuthenticationOk to its first ReadyForQuery. */
export interface StartedSession {
  /** The server's ParameterStatus messages: server_version, in_hot_standby, … */
  readonly parameters: Readonly<Record<string, string>>;
  /** For cancelling; undefined where the server gave no key. */
  readonly processId: number | undefined;
  readonly secretKey: Buffer | undefined;
  /** All of these messages as they came, for the driver that will use the session. */
  readonly greeting: Buffer;
}

// A server says a few hundred bytes here.
const greetingLimit = 1_000_000;

/**
 * Sends the StartupMessage, signs in and waits until the server is ready.
 *
 * @throws AzurePgError as `authenticate`
 */
export async function startSession(
  stream: MessageStream,
  startup: Readonly<Record<string, string>>,
  who: Authentication,
): Promise<StartedSession> {
  const first = startupMessage(startup);
  const early =
    who.alreadySent && who.password !== undefined ? passwordMessage(who.password) : Buffer.alloc(0);
  stream.write(Buffer.concat([first, early]));
  const greeting = [(await authenticate(stream, who)).bytes];
  const parameters: Record<string, string> = Object.create(null);
  let processId: number | undefined;
  let secretKey: Buffer | undefined;
  let length = 0;
  for (;;) {
    const message = await stream.next();
    const { type, body } = message;
    if (type === 'E') throw serverRefused(message, true, who.conceal);
    greeting.push(message.bytes);
    length += message.bytes.length;
    if (length > greetingLimit) throw violation('a greeting without an end');
    if (type === 'S') {
      const [name, value] = texts(body);
      if (name === undefined || value === undefined) throw violation('a parameter without a value');
      parameters[name] = value;
    } else if (type === 'K') {
      ({ processId, secretKey } = backendKey(body));
    } else if (type === 'Z') {
      return { parameters, processId, secretKey, greeting: Buffer.concat(greeting) };
    } else if (type !== 'N') {
      throw violation(`a message of type "${type}" before it was ready`);
    }
  }
}
