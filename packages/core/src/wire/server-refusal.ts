import { AzurePgError, type ServerErrorFields } from '../errors/azure-pg-error.ts';
import { type BackendMessage, errorFields } from './backend-messages.ts';

interface Refusal {
  readonly fields: ServerErrorFields;
  /** The ErrorResponse as it came; undefined where it quoted the password. */
  readonly bytes: Buffer | undefined;
  /** The server had accepted the sign-in before. */
  readonly authenticated: boolean;
}

// Registered, so that an adapter that loaded another copy of this package can ask, too.
const refusal = Symbol.for('@azure-pg/core.refusal');

/** The server said no: its own words are kept, but never our own secret among them. */
export function serverRefused(
  message: BackendMessage,
  authenticated: boolean,
  password: string | undefined,
): AzurePgError {
  const quoted = password !== undefined && password.length >= 24 && message.body.includes(password);
  const given = errorFields(message.body);
  const fields = quoted ? withoutSecret(given, password) : given;
  const error = new AzurePgError('SERVER_REFUSED', `${fields.severity}: ${fields.message}`, {
    hint: fields.hint,
    serverError: fields,
  });
  const value: Refusal = { fields, bytes: quoted ? undefined : Buffer.from(message.bytes), authenticated };
  return Object.defineProperty(error, refusal, { value });
}

/** What is known of a `SERVER_REFUSED`. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as { [refusal]?: Refusal })[refusal];
}

/**
 * The ErrorResponse of a `SERVER_REFUSED` exactly as the server sent it, so that an adapter can have its driver read it and give
 * its own class of error.
 */
export function errorResponseOf(error: unknown): Buffer | undefined {
  return refusalOf(error)?.bytes;
}

function withoutSecret(fields: ServerErrorFields, secret: string): ServerErrorFields {
  const shown = Object.entries(fields).map(([name, value]) => [
    name,
    String(value).replaceAll(secret, '***'),
  ]);
  return Object.fromEntries(shown) as ServerErrorFields;
}
