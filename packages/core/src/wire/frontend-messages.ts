import { AzurePgError } from '../errors/azure-pg-error.ts';

/**
 * What a client sends, as bytes: https://www.postgresql.org/docs/18/protocol-message-formats.html. Texts are UTF-8; none may hold a
 * zero byte, because it ends them.
 */

const protocolVersion = 3 << 16;
const sslRequestCode = 80_877_103;
export const cancelRequestCode = 80_877_102;

/** Asks whether the server speaks TLS; it answers with one byte, "S" or "N". */
export function sslRequest(): Buffer {
  return Buffer.concat([int32(8), int32(sslRequestCode)]);
}

/** Opens a session. Parameters: user, database and any that the server knows. */
export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]);
  const body = Buffer.concat([int32(protocolVersion), ...pairs, Buffer.of(0)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** Asks the server to give up what the session with this key is doing. */
export function cancelRequest(processId: number, secretKey: Uint8Array): Buffer {
  return Buffer.concat([int32(12 + secretKey.length), int32(cancelRequestCode), int32(processId), secretKey]);
}

/** The answer to a request for a cleartext or MD5 password. */
export function passwordMessage(password: string): Buffer {
  return message('p', text(password));
}

export function saslInitialResponse(mechanism: string, response: string): Buffer {
  const bytes = Buffer.from(response);
  return message('p', text(mechanism), int32(bytes.length), bytes);
}

export function saslResponse(response: string): Buffer {
  return message('p', Buffer.from(response));
}

/** A simple query: one or more statements, all values as text. */
export function query(sql: string): Buffer {
  return message('Q', text(sql));
}

export function parse(sql: string, statement = ''): Buffer {
  return message('P', text(statement), text(sql), int16(0));
}

/** All parameters and results as text; null is NULL. */
export function bind(values: readonly (string | null)[], statement = '', portal = ''): Buffer {
  const fields = values.map((value) => {
    if (value === null) return int32(-1);
    const bytes = Buffer.from(value);
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return message('B', text(portal), text(statement), int16(0), int16(values.length), ...fields, int16(0));
}

/** What will the portal ("P") or statement ("S") give? */
export function describe(kind: 'P' | 'S', name = ''): Buffer {
  return message('D', Buffer.from(kind), text(name));
}

export function execute(portal = ''): Buffer {
  return message('E', text(portal), int32(0));
}

export function closeStatement(name: string): Buffer {
  return message('C', Buffer.from('S'), text(name));
}

export function sync(): Buffer {
  return message('S');
}

export function terminate(): Buffer {
  return message('X');
}

function message(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(length), ...parts]);
}

function text(value: string): Buffer {
  // Never quoted: it may be a password.
  if (value.includes('\0')) {
    throw new AzurePgError(
      'INVALID_SETTING',
      'A text for the server (a name, a password, a token) holds a zero byte',
    );
  }
  return Buffer.from(`${value}\0`);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
