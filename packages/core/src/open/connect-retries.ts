import { isThisMachine } from '../azure/token-host.ts';
import type { AzureConnection } from '../connection/connection.ts';
import { AzurePgError, type AzurePgErrorCode } from '../errors/azure-pg-error.ts';
import { isRetryable } from '../explain/is-retryable.ts';
import { publish } from '../notices/diagnostics.ts';
import { fullJitter, pause } from '../waiting/full-jitter.ts';
import { refusalOf } from '../wire/server-refusal.ts';
import type { ConnectDeadline } from './connect-deadline.ts';
import { wasAlive } from './remembered-hosts.ts';
import { retell } from './retell-error.ts';

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
 * Connects again where the failure passes by itself (`isRetryable`), until the budget is used up: a failover takes a minute.
 *
 * @param budget milliseconds in which another attempt may begin; 0: a single one.
 * @param noRetry fires when no other attempt is wanted.
 * @throws AzurePgError the last attempt's, with the number of attempts; the deadline's where that ends one.
 */
export async function withRetries<T>(
  connection: AzureConnection,
  budget: number,
  deadline: ConnectDeadline,
  connect: () => Promise<T>,
  noRetry: AbortSignal | undefined,
): Promise<T> {
  const begun = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect();
    } catch (error) {
      const wait = fullJitter(attempt);
      const passed = performance.now() - begun;
      if (deadline.signal.aborted || !passes(error)) throw error;
      const last = (): AzurePgError => {
        const tries = `tried ${attempt} times in ${(passed / 1000).toFixed(1)} s`;
        return attempt === 1 ? error : retell(error, `${error.message} (${tries})`);
      };
      if (passed + wait >= budget || noRetry?.aborted || !isAwaited(connection)) throw last();
      const { host, port } = connection.hosts[0] as (typeof connection.hosts)[number];
      publish('azure-pg:connection.retried', { host, port, attempt, wait, error }, connection.logger);
      deadline.failed = { error, attempts: attempt };
      const { signal } = deadline;
      await pause(wait, noRetry === undefined ? signal : AbortSignal.any([signal, noRetry])).catch(() => {
        throw signal.aborted ? signal.reason : last();
      });
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
