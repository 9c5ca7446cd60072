import { randomInt } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { isUnixSocket } from '../azure/token-host.ts';
import type { Host } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { abortable } from '../waiting/abortable.ts';

/**
 * The addresses to try for a host, in the order in which the resolver gives them; undefined stands for a Unix socket.
 *
 * @throws AzurePgError `HOST_UNREACHABLE`; the signal's reason when it fires.
 */
export async function resolveAddresses(
  { host, hostaddr }: Host,
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  if (hostaddr !== undefined) return [hostaddr];
  if (isUnixSocket(host)) return [undefined];
  if (isIP(host) !== 0) return [host];
  // The resolver cannot be stopped; waiting for it can.
  const name = /[^\0-\x7f]/.test(host) ? domainToASCII(host) : host;
  const asked = lookup(name, { all: true }).catch((cause: unknown) =>
    Promise.reject(unknownHost(host, cause)),
  );
  const found = await abortable(asked, signal);
  const addresses = [...new Set(found.map(({ address }) => address))];
  if (addresses.length === 0) throw unknownHost(host, new Error('no address'));
  return addresses;
}

function unknownHost(host: string, cause: unknown): AzurePgError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  const hint =
    code === 'ENOTFOUND'
      ? 'Check the name; a private server needs its private DNS zone linked to the network this runs in.'
      : 'The resolver did not answer: check the network and its DNS servers.';
  return new AzurePgError('HOST_UNREACHABLE', `The name "${host}" does not resolve: ${code}`, {
    hint,
    cause,
  });
}

/** As with load_balance_hosts=random (Fisher–Yates). */
export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
