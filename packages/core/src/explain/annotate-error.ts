import type { AzureConnection } from '../connection/connection.ts';
import { explainError } from './explain-error.ts';
import type { Explanation } from './explanation.ts';

/** What {@link annotateError} adds to an error. */
export interface AnnotatedError extends Error {
  /** One line: what is wrong and what to do first. Seen in `console.log(error)` and by loggers. */
  readonly azureHint?: string;
  /** The whole explanation. Not enumerable: it does not bloat logs. */
  readonly explanation?: Explanation;
}

/**
 * Adds to an error what {@link explainError} says of it, as `error.azureHint` (one line) and `error.explanation` (all of it), and returns
 * the same error. Class, message, `code`, SQLSTATE and the server's own `hint` stay as they are. What is not known, not an error, or
 * frozen comes back untouched. For adapters: call it on what they are about to throw.
 */
export function annotateError<E>(error: E, connection?: AzureConnection): E {
  try {
    if (!(error instanceof Error) || !Object.isExtensible(error) || 'explanation' in error) return error;
    const explanation = explainError(error, connection);
    if (explanation === undefined) return error;
    Object.defineProperty(error, 'explanation', { value: explanation, configurable: true, writable: true });
    if (!('azureHint' in error)) {
      const value = [`${explanation.title}.`, explanation.fix[0]].filter(Boolean).join(' ');
      Object.defineProperty(error, 'azureHint', {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  } catch {
    // An error that resists being described is thrown as it is.
  }
  return error;
}
