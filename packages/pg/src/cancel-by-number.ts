import { cancelQuery } from '@azure-pg/core';
import type { DriverClient } from './driver-client.ts';
import { queryListener } from './refuse-query.ts';

const order = /^\s*select\s+pg_cancel_backend\(\s*(\$1|\d+)\s*\)\s*;?\s*$/i;

/** Clients that are connected through a pooler. */
const pooled = new Set<DriverClient & { readonly processID?: number | null }>();

/** Notes a client that is connected through a pooler, as long as it is. */
export function isPooled(client: DriverClient): void {
  pooled.add(client);
  client.once('end', () => pooled.delete(client));
}

/**
 * The client that a program means with `select pg_cancel_backend(client.processID)`. Through a pooler that number is the pooler's own: the server would cancel
 * nothing, or the query of somebody else.
 */
export function cancelledBy(text: string, config: unknown, values: unknown): DriverClient | undefined {
  if (pooled.size === 0) return undefined;
  const [, number] = order.exec(text) ?? [];
  if (number === undefined || typeof (config as { submit?: unknown }).submit === 'function') return undefined;
  const given = Array.isArray(values) ? values : (config as { values?: unknown }).values;
  const id = Number(number === '$1' ? (given as unknown[] | undefined)?.[0] : number);
  return [...pooled].find(({ processID }) => processID === id);
}

/**
 * Cancels by the protocol's own request, which every pooler passes on, and then asks the server for the answer that the program expects: that
 * the request was sent.
 *
 * @param ask pg's own `query`.
 */
export function cancelThenAsk(
  target: DriverClient,
  [config, values, callback]: readonly unknown[],
  ask: (text: string, listener?: unknown) => unknown,
): unknown {
  const text = 'select true as pg_cancel_backend';
  const listener = queryListener(config, values, callback);
  const sent = cancelQuery(target.connection.stream);
  if (listener === undefined) return sent.then(() => ask(text));
  sent.then(() => ask(text, listener), listener as (error: Error) => void);
  return undefined;
}
