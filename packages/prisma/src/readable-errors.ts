import { AzurePgError } from '@azure-pg/core';
import type { PrismaPg } from '@prisma/adapter-pg';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/**
 * Makes an adapter report failures of TLS as Prisma's P1011 ("Error opening a TLS connection"), and a connection that the server closed
 * before it was ready as P1017 ("Server has closed the connection"). Prisma knows them by Node's codes, and a server
 * without TLS by pg's words; it would show a code of ours as if it were one of Prisma's. What we say is next to it, in the error's `meta`.
 */
export function readableErrors(adapter: Adapter): Adapter {
  const own = adapter as unknown as { onError(error: unknown): never };
  const { onError } = own;
  own.onError = (error) => {
    const said = asNodeSays(error);
    if (said === error) return onError.call(adapter, error);
    try {
      return onError.call(adapter, said);
    } catch (reported) {
      const { cause } = reported as { cause?: object };
      const { code, message, hint } = error as AzurePgError;
      if (typeof cause === 'object') Object.assign(cause, { code, message, hint });
      throw reported;
    }
  };
  return adapter;
}

function asNodeSays(error: unknown): unknown {
  const { code, cause, message } = error as AzurePgError;
  if (code === 'CONNECTION_CLOSED' || (code === 'TLS_HANDSHAKE_FAILED' && isClosed(cause))) {
    return Object.assign(new Error(message), { code: 'ECONNRESET', syscall: 'read', errno: -104 });
  }
  if (!(error instanceof AzurePgError)) return error;
  if (code === 'CERTIFICATE_NOT_TRUSTED' && cause instanceof Error && 'code' in cause) return cause;
  if (code === 'HOST_NAME_MISMATCH') {
    return Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  }
  return code === 'TLS_NOT_OFFERED' ? new Error('The server does not support SSL connections') : error;
}

const isClosed = (cause: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'CONNECTION_CLOSED'].includes(
    (cause as NodeJS.ErrnoException | undefined)?.code ?? '',
  );
