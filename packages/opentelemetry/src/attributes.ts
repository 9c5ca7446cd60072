import type { Attributes } from '@opentelemetry/api';

/** Where a connection leads, as the channels say it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly database?: string | undefined;
}

/** https://opentelemetry.io/docs/specs/semconv/database/postgresql: never the role, which the conventions do not have. */
export function attributesOf({ host, port, database }: Place): Attributes {
  return {
    'db.system.name': 'postgresql',
    'server.address': host,
    'server.port': port,
    ...(database === undefined ? {} : { 'db.namespace': database }),
  };
}

/** The name that the conventions give a pool that has none: what its connections have in common. */
export function poolName({ host, port, database }: Place): string {
  return `${host}:${port}${database === undefined ? '' : `/${database}`}`;
}

/**
 * The class of an error: the SQLSTATE where the server answered, else the code of an `AzurePgError` or of the system, else its name.
 * All are short lists; no text of an error is among them.
 */
export function errorAttributes(error: unknown): Attributes {
  const { code, name, serverError } = (error ?? {}) as {
    code?: unknown;
    name?: unknown;
    serverError?: { code: string };
  };
  if (serverError !== undefined) {
    return { 'error.type': serverError.code, 'db.response.status_code': serverError.code };
  }
  return { 'error.type': [code, name].find((each) => typeof each === 'string' && each !== '') ?? '_OTHER' };
}
