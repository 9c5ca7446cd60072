import type { Host } from '../connection/connection.ts';
import { publish } from '../notices/diagnostics.ts';
import type { Logger } from '../notices/logger.ts';

/** Milliseconds between two generations that begin because of 25006: at first, and at most. A server may stay read-only, and its clients keep writing. */
const firstPause = 1000;
const longestPause = 60_000;

class Generation {
  number = 0;
  addresses: readonly string[] = [];
  pause = firstPause;
  readOnlySince = Number.NEGATIVE_INFINITY;
}

const generations = new Map<string, Generation>();

/** What tells that there is another server behind a name than before: a shutdown's SQLSTATE, 25006, its address, or silence. */
export type ServerChange = '57P01' | '57P02' | '57P03' | '25006' | 'address' | 'no answer';

/** Changes when the server behind one of these names has changed: what was opened before is then out of date. */
export function generationOf(hosts: readonly Host[]): number {
  let sum = 0;
  for (const host of hosts) sum += generations.get(keyOf(host))?.number ?? 0;
  return sum;
}

/** The server has changed, says one of its connections. */
export function noteServerChange(host: Host, reason: ServerChange, logger: Logger | undefined): void {
  const generation = of(host);
  if (reason === '25006' && !isWorthwhile(generation)) return;
  generation.number++;
  publish('azure-pg:server.changed', { host: host.host, port: host.port, reason }, logger);
}

/** What a name resolves to now. A failover gives it other addresses; that only some of them changed says nothing. */
export function noteAddresses(host: Host, addresses: readonly string[], logger: Logger | undefined): void {
  const generation = of(host);
  const before = generation.addresses;
  generation.addresses = addresses;
  if (before.length === 0 || before.some((address) => addresses.includes(address))) return;
  noteServerChange(host, 'address', logger);
}

function isWorthwhile(generation: Generation): boolean {
  const now = performance.now();
  const passed = now - generation.readOnlySince;
  if (passed < generation.pause) return false;
  generation.pause =
    passed > 2 * generation.pause ? firstPause : Math.min(2 * generation.pause, longestPause);
  generation.readOnlySince = now;
  return true;
}

function of(host: Host): Generation {
  const key = keyOf(host);
  const known = generations.get(key) ?? new Generation();
  generations.set(key, known);
  return known;
}

function keyOf({ host, port }: Host): string {
  return `${host} ${port}`;
}
