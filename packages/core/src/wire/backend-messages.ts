import { AzurePgError, type ServerErrorFields } from '../errors/azure-pg-error.ts';

/** One message of the server: https://www.postgresql.org/docs/18/protocol-message-formats.html */
export interface BackendMessage {
  /** Its letter: "R", "S", "K", "Z", "E", … */
  readonly type: string;
  /** What follows the length. */
  readonly body: Buffer;
  /** The whole message, as it came. */
  readonly bytes: Buffer;
}

const fieldNames: Readonly<Record<string, keyof ServerErrorFields>> = {
  S: 'severity',
  V: 'severity',
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  F: 'file',
  L: 'line',
  R: 'routine',
};

/** More of an error nobody reads: it may be up to 16 MB of zeros. */
const longestError = 30_000;

/** The fields of an ErrorResponse or NoticeResponse. "V" is the severity that is never translated, and wins over "S". */
export function errorFields(body: Buffer): ServerErrorFields {
  const fields: Partial<Record<keyof ServerErrorFields, string>> = {};
  for (const field of body.toString('utf8', 0, longestError).split('\0')) {
    const name = fieldNames[field.slice(0, 1)];
    if (name !== undefined) fields[name] = field.slice(1);
  }
  return { severity: 'FATAL', code: '', message: '', ...fields };
}

/** The texts of a message that holds nothing else, as ParameterStatus. */
export function texts(body: Buffer): string[] {
  return body.toString('utf8').split('\0').slice(0, -1);
}

/** The names of the columns of a RowDescription. */
export function columnNames(body: Buffer): string[] {
  const names: string[] = [];
  let offset = 2;
  for (let left = countOf(body); left > 0; left--) {
    const end = body.indexOf(0, offset);
    if (end < 0 || end + 19 > body.length) throw violation('a row description without an end');
    names.push(body.toString('utf8', offset, end));
    offset = end + 19;
  }
  return names;
}

/** The values of a DataRow, all as text. */
export function rowValues(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  let offset = 2;
  for (let left = countOf(body); left > 0; left--) {
    if (offset + 4 > body.length) throw violation('a row without an end');
    const length = body.readInt32BE(offset);
    offset += 4;
    if (length < -1 || offset + length > body.length) throw violation('a value of impossible length');
    values.push(length < 0 ? null : body.toString('utf8', offset, offset + length));
    offset += Math.max(length, 0);
  }
  return values;
}

/** How many columns a message has. */
function countOf(body: Buffer): number {
  if (body.length < 2) throw violation('a row of nothing');
  return body.readUInt16BE(0);
}

/** The key to cancel with: protocol 3.0 has one of 4 bytes, 3.2 one of up to 256. */
export function backendKey(body: Buffer): { processId: number; secretKey: Buffer } {
  if (body.length < 8 || body.length > 260) throw violation('a cancellation key of impossible length');
  return { processId: body.readInt32BE(0), secretKey: Buffer.from(body.subarray(4)) };
}

/** The peer sent what a server may not send at this point. */
export function violation(what: string): AzurePgError {
  return new AzurePgError('PROTOCOL_VIOLATION', `The server sent ${what}`, {
    hint: 'Check that host and port are those of a PostgreSQL server or PgBouncer, and that nothing in between changes what it says.',
  });
}
