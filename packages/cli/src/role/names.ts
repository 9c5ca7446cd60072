import { isCanonicalGuid, isGuid } from '@azure-pg/core/tooling';
import { CommandError } from '../command-error.ts';

/** PostgreSQL cuts off what is longer (NAMEDATALEN). */
const longest = 63;

/**
 * Refuses what cannot be the name of a principal's role.
 *
 * @throws CommandError with exit code 2
 */
export function assertRoleName(name: string): void {
  if (isGuid(name)) {
    throw wrong(
      `${name} is an id, and a role is not named by one`,
      'Give the name that the program signs in as: a managed identity’s, application’s or group’s display name, a user’s sign-in name. The object id goes into --object-id.',
    );
  }
  // Even in quotes SQL takes these words to mean everybody and nobody.
  if (name === 'public' || name === 'none') {
    throw wrong(`"${name}" cannot be a role’s name`, 'The word has a meaning of its own in SQL.');
  }
  assertName('A role’s name', name, 'With --object-id the role can have any shorter name.');
}

/** Refuses what PostgreSQL would truncate, or a terminal obey. */
export function assertName(what: string, name: string, hint?: string): void {
  if (name === '') throw wrong(`${what} cannot be empty`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) throw wrong(`${what} cannot hold control characters`);
  const bytes = Buffer.byteLength(name);
  if (bytes > longest) {
    throw wrong(`${what} has at most ${longest} bytes, and this one ${bytes}: ${name}`, hint);
  }
}

/** An object id as Entra writes it. */
export function objectIdOf(text: string): string {
  const id = text.trim().toLowerCase();
  if (isCanonicalGuid(id)) return id;
  throw wrong(
    `"${text}" is not an object id`,
    'It is a GUID: az identity show --query principalId, az ad sp show --query id, az ad user show --query id. It is not the client id (application id).',
  );
}

const wrong = (message: string, hint?: string): CommandError =>
  new CommandError(message, hint === undefined ? { exitCode: 2 } : { exitCode: 2, hint });
