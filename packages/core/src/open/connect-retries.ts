import { setTimeout as sleep } from 'node:timers/promises';
import { isThisMachine } from '../azure/token-host.ts';
import type { AzureConnection } from '../connection/connection.ts';
import { AzurePgError, type AzurePgErrorCode } from '../errors/azure-pg-error.ts';
import { isRetryable } from '../explain/is-retryable.ts';
import { publish } from '../notices/diagnostics.ts';
import { refusalOf } from '../wire/server-refusal.ts';
import type { ConnectDeadline } from './connect-deadline.ts';
import { wasAlive } from './remembered-hosts.ts';
import { retell } from './retell-error.ts';

/** Milliseconds: the first wait is at most this long, each further one at most twice as long as the one before, none longer than the second. */
const firstWait = 100;
const longestWait = 2000;

/**
 * What an outage looks like from here. An error that ends the list of hosts for another reason (a certificate, a wrong password) may have
 * a refused connection among its causes, and is not retried for that.
 */
const outages: ReadonlySet<AzurePgErrorCode> = new Set([
  'HOST_UNREACHABLE',
  'CONNECTION_CLOSED',
  'TLS_HANDSHAKE_FAILED',
  'SERVER_REFUSED',
  'SESSION_ATTRS_NOT_MET',
  'TOKEN_UNAVAILABLE',
  'KEY_VAULT',
]);

/**
 * Connects again where the failure passes by itself (`isRetryable`), until the budget is used up: a failover takes a minute, and its
 * clients must not all come back in the same moment. The waits are random up to a limit that doubles ("full jitter").
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 *
 * @param budget milliseconds in which another attempt may begin; 0: a single one.
 * @throws AzurePgError the last attempt's, with the number of attempts; the deadline's where that ends one.
 */
export async function withRetries<T>(
  connection: AzureConnection,
  budget: number,
  deadline: ConnectDeadline,
  connect: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect();
    } catch (error) {
      const wait = Math.random() * Math.min(longestWait, firstWait * 2 ** (attempt - 1));
      const passed = performance.now() - begun;
      if (deadline.signal.aborted || !passes(error)) throw error;
      if (passed + wait >= budget || !isAwaited(connection)) {
        const tries = `tried ${attempt} times in ${(passed / 1000).toFixed(1)} s`;
        throw attempt === 1 ? error : retell(error, `${error.message} (${tries})`);
      }
      const { host, port } = connection.hosts[0] as (typeof connection.hosts)[number];
      publish('azure-pg:connection.retried', { host, port, attempt, wait, error }, connection.logger);
      deadline.failed = { error, attempts: attempt };
      await pause(wait, deadline.signal);
    }
  }
}

function passes(error: unknown): error is AzurePgError {
  if (!(error instanceof AzurePgError) || !outages.has(error.code)) return false;
  return isRetryable(refusalOf(error)?.fields ?? error);
}

/**
 * Whether this server will come back. What never ran on this machine is not about to: a developer who forgot to start it learns that at
 * once, as with the bare driver.
 */
function isAwaited({ hosts }: AzureConnection): boolean {
  return hosts.some((host) => !isThisMachine(host) || wasAlive(host));
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    // Somebody waits for the connection: the timer keeps the program alive.
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
