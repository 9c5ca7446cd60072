import { AzurePgError, type ServerErrorFields } from '../errors/azure-pg-error.ts';
import { type BackendMessage, errorFields } from './backend-messages.ts';

interface Refusal {
  readonly fields: ServerErrorFields;
  /** The server had accepted the sign-in before. */
  readonly authenticated: boolean;
}

// Registered, so that another copy of this package can ask, too.
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
  const value: Refusal = { fields, authenticated };
  return Object.defineProperty(error, refusal, { value });
}

/** What is known of a `SERVER_REFUSED`. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as { [refusal]?: Refusal })[refusal];
}

function withoutSecret(fields: ServerErrorFields, secret: string): ServerErrorFields {
  const shown = Object.entries(fields).map(([name, value]) => [
    name,
    String(value).replaceAll(secret, '***'),
  ]);
  return Object.fromEntries(shown) as ServerErrorFields;
}
