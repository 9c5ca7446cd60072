import { AzurePgError, type Explanation } from '@azure-pg/core';
import { oneLine } from '../terminal.ts';

// The few messages that the proxy writes itself: https://www.postgresql.org/docs/18/protocol-message-formats.html

/**
 * ErrorResponse with severity FATAL: the server's own words where there are some, and the explanation as detail and hint. psql writes it to
 * a terminal as it comes.
 */
export function errorResponse(error: unknown, explanation: Explanation | undefined): Buffer {
  const server = error instanceof AzurePgError ? error.serverError : undefined;
  const message =
    server?.message ?? (error instanceof AzurePgError ? error.message : 'the server cannot be reached');
  const detail = server?.detail ?? explanation?.why;
  const hint =
    server?.hint ?? explanation?.fix[0] ?? (error instanceof AzurePgError ? error.hint : undefined);
  const fields = [
    'SFATAL',
    'VFATAL',
    // 08006: connection_failure.
    `C${server?.code ?? '08006'}`,
    `Mazure-pg proxy: ${message}`,
    ...(detail === undefined ? [] : [`D${detail}`]),
    ...(hint === undefined ? [] : [`H${hint}`]),
  ];
  return typed('E', Buffer.from(`${fields.map(oneLine).join('\0')}\0\0`));
}

/** NegotiateProtocolVersion: 3.0 it is, and none of these options. */
export function protocol30(unknownOptions: readonly string[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0, 0);
  head.writeUInt32BE(unknownOptions.length, 4);
  return typed('v', Buffer.concat([head, Buffer.from(unknownOptions.map((name) => `${name}\0`).join(''))]));
}

/** StartupMessage of protocol 3.0. */
export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}

function typed(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
