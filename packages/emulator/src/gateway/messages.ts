// The messages of the PostgreSQL protocol that the gateway speaks itself
// (https://www.postgresql.org/docs/18/protocol-message-formats.html).

export const sslRequest = 80877103;
export const gssEncRequest = 80877104;
export const cancelRequest = 80877102;

/** AuthenticationCleartextPassword. */
export const askForCleartextPassword: Buffer = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** What a client says first. */
export interface Startup {
  /** The packet as it came. */
  readonly packet: Buffer;
  readonly minorVersion: number;
  readonly parameters: ReadonlyMap<string, string>;
  readonly user: string;
  readonly database: string;
}

/** A refusal, as the server words it. */
export interface Refusal {
  readonly sqlState: string;
  readonly message: string;
}

/** ErrorResponse with severity FATAL. */
export function fatal({ sqlState, message }: Refusal): Buffer {
  const fields = `SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`;
  return typed('E', Buffer.from(fields));
}

/** PasswordMessage. */
export const passwordMessage = (password: Buffer): Buffer =>
  typed('p', Buffer.concat([password, Buffer.from([0])]));

function typed(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Reads a StartupMessage of protocol 3; undefined when it is malformed. */
export function parseStartup(packet: Buffer): Startup | undefined {
  if (packet.at(-1) !== 0) return undefined;
  const words = packet.subarray(8, -1).toString('utf8').split('\0');
  // Name, value, name, value, and the empty name that ends the list.
  if (words.pop() !== '' || words.length % 2 !== 0) return undefined;
  const parameters = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) parameters.set(words[at] ?? '', words[at + 1] ?? '');
  const user = parameters.get('user') ?? '';
  return {
    packet,
    minorVersion: packet.readUInt16BE(6),
    parameters,
    user,
    database: parameters.get('database') || user,
  };
}

/** A StartupMessage of protocol 3.0. */
export function startupMessage(parameters: Iterable<readonly [string, string]>): Buffer {
  const text = [...parameters].map(([name, value]) => `${name}\0${value}\0`).join('');
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}
