import type { SettingSource } from './setting-source.ts';

/**
 * Every reason for which this library itself refuses. The set is closed: a program may switch over it.
 * What a server answered (a SQLSTATE) and what the operating system said (ECONNREFUSED, …) are kept apart from it, in
 * {@link AzurePgError.serverError} and in `cause`.
 */
export type AzurePgErrorCode =
  /** The text is neither a connection URI nor keyword/value pairs that libpq would take. */
  | 'INVALID_CONNECTION_STRING'
  /** A setting is unknown, has an invalid value, or contradicts another one. */
  | 'INVALID_SETTING'
  /** A certificate, key or revocation list is missing, empty, unreadable or not PEM. */
  | 'CERTIFICATE_FILE'
  /** The settings would send a token or password where it could be read; refused before connecting. */
  | 'INSECURE_CONNECTION'
  /** An Entra token was about to go to a host that is neither Azure's, nor loopback, nor allowed by the user. */
  | 'HOST_NOT_ALLOWED'
  /** The name does not resolve, or no address accepts a TCP connection. */
  | 'HOST_UNREACHABLE'
  /** Connecting took longer than its deadline. */
  | 'CONNECT_TIMEOUT'
  /** The caller's AbortSignal fired while connecting. */
  | 'ABORTED'
  /** The server does not offer TLS and the sslmode requires it. */
  | 'TLS_NOT_OFFERED'
  /** The TLS handshake failed before the certificate could be judged (version, cipher, alert, early close). */
  | 'TLS_HANDSHAKE_FAILED'
  /** The server's certificate does not lead to a trusted root, is expired or not yet valid, or is revoked. */
  | 'CERTIFICATE_NOT_TRUSTED'
  /** The server's certificate is for another host name. */
  | 'HOST_NAME_MISMATCH'
  /** The peer sent what a PostgreSQL server may not send at this point. */
  | 'PROTOCOL_VIOLATION'
  /** The server closed the connection before signing in was finished. */
  | 'CONNECTION_CLOSED'
  /** An open connection was given up: the server no longer answers, nor can it be reached, or it does not run what it was asked. */
  | 'SERVER_SILENT'
  /** The server asked for an authentication method that require_auth or channel_binding does not allow. */
  | 'AUTH_METHOD_NOT_ALLOWED'
  /** The server wants a password, and none was given. */
  | 'PASSWORD_MISSING'
  /** No credential gave an Entra token. */
  | 'TOKEN_UNAVAILABLE'
  /** The token names no PostgreSQL role and the user named none either. */
  | 'ROLE_UNKNOWN'
  /** A secret could not be read from Azure Key Vault. */
  | 'KEY_VAULT'
  /** The server refused the connection with an ErrorResponse; see {@link AzurePgError.serverError}. */
  | 'SERVER_REFUSED'
  /** No host has the role that target_session_attrs asks for. */
  | 'SESSION_ATTRS_NOT_MET'
  /** The connection broke during a COMMIT, and nobody can say any more whether it was done. */
  | 'OUTCOME_UNKNOWN'
  /** The pooler's mode cannot do what was asked of it. */
  | 'POOLER_UNSUPPORTED'
  /** An optional peer dependency is needed and not installed. */
  | 'MISSING_DEPENDENCY';

/** The fields of an ErrorResponse (https://www.postgresql.org/docs/current/protocol-error-fields.html), named as drivers name them. */
export interface ServerErrorFields {
  readonly severity: string;
  /** The SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: string;
  readonly routine?: string;
}

export interface AzurePgErrorOptions {
  /** One sentence that says how to fix it. */
  readonly hint?: string | undefined;
  /** Where to read on. */
  readonly docs?: string | undefined;
  readonly cause?: unknown;
  readonly serverError?: ServerErrorFields | undefined;
  /** The setting or option that is wrong. */
  readonly setting?: string | undefined;
  /** Who gave it. */
  readonly source?: SettingSource | undefined;
}

const brand = Symbol.for('@azure-pg/core.AzurePgError');

/**
 * The one error class of this library. `code` says which of a closed set of failures it is, `hint` how to fix it, `docs` where
 * to read on, and `cause` keeps the error it came from. No field ever holds a password, a token or a connection string.
 *
 * `instanceof` also recognises errors made by another copy of this package in the same program (ESM alongside CommonJS).
 */
export class AzurePgError extends Error {
  override readonly name: string = 'AzurePgError';
  readonly code: AzurePgErrorCode;
  /** One sentence that says how to fix it. */
  readonly hint: string | undefined;
  /** Where to read on. */
  readonly docs: string | undefined;
  /** What the server answered, where it was the server that refused. */
  readonly serverError: ServerErrorFields | undefined;
  /** The setting or option that is wrong, where it is about one whose name can be shown: "sslmode", "poolMod". */
  readonly setting: string | undefined;
  /** Who gave that setting, where somebody did. */
  readonly source: SettingSource | undefined;

  constructor(code: AzurePgErrorCode, message: string, options: AzurePgErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
    this.docs = options.docs;
    this.serverError = options.serverError;
    this.setting = options.setting;
    this.source = options.source;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for the errors of another copy of this package, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}
