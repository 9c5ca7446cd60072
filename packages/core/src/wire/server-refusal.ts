import type { Conceal } from '../connection/conceal.ts';
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
  conceal: Conceal,
): AzurePgError {
  const fields = concealed(errorFields(message.body), conceal);
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

/** A SQLSTATE and a severity stay what they are: programs decide by them, and no secret has room in them. */
const fixed: Readonly<Record<string, RegExp>> = {
  code: /^[0-9A-Z]{5}$/,
  severity: /^(?:ERROR|FATAL|PANIC)$/,
};

/** What a server says of an error, for showing. */
function concealed(fields: ServerErrorFields, conceal: Conceal): ServerErrorFields {
  const shown = Object.entries(fields).map(([name, value]: [string, string]) => [
    name,
    fixed[name]?.test(value) ? value : conceal(value),
  ]);
  return Object.fromEntries(shown) as ServerErrorFields;
}
