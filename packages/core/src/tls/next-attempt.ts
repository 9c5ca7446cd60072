import { AzurePgError } from '../errors/azure-pg-error.ts';
import { refusalOf } from '../wire/server-refusal.ts';
import type { TlsAttempt } from './attempts.ts';

/** As libpq: no TLS, a failed handshake, or an error before the sign-in was accepted lead to the next attempt. */
export function fallsBack(error: unknown): boolean {
  if (!(error instanceof AzurePgError)) return false;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return !refusal.authenticated && refusal.fields.code !== '57P03';
  return [
    'TLS_NOT_OFFERED',
    'TLS_HANDSHAKE_FAILED',
    'CERTIFICATE_NOT_TRUSTED',
    'HOST_NAME_MISMATCH',
  ].includes(error.code);
}

/** Of two failures the one over TLS, but that "there is no TLS" and "not this way" (pg_hba.conf) say less than the other. */
export function mostTelling(failures: readonly { attempt: TlsAttempt; error: unknown }[]): unknown {
  const of = (encryption: TlsAttempt['encryption']): { error: unknown } | undefined =>
    failures.find(({ attempt }) => attempt.encryption === encryption);
  const [encrypted, plaintext] = [of('tls'), of('plaintext')];
  if (encrypted === undefined || plaintext === undefined) return (encrypted ?? plaintext)?.error;
  return says(encrypted.error) || !says(plaintext.error) ? encrypted.error : plaintext.error;
}

function says(error: unknown): boolean {
  if (!(error instanceof AzurePgError)) return true;
  return (
    error.code !== 'TLS_NOT_OFFERED' && !/no pg_hba\.conf entry|pg_hba\.conf rejects/.test(error.message)
  );
}
