import { AzurePgError } from '../errors/azure-pg-error.ts';

/**
 * Refuses a driver's options that bring a socket of the user's own: nothing would verify the server on it.
 *
 * @throws AzurePgError `INVALID_SETTING`, naming the option.
 */
export function assertNoOwnSocket(
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
): void {
  const name = names.find((each) => each in options);
  if (name === undefined) return;
  throw new AzurePgError('INVALID_SETTING', `The option "${name}" cannot be used`, {
    hint: 'This library opens the socket itself, to verify the server before anything is sent. For a tunnel use host and hostaddr.',
  });
}
