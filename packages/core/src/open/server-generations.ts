import type { Host } from '../connection/connection.ts';
import { publish } from '../notices/diagnostics.ts';
import type { Logger } from '../notices/logger.ts';

/** Milliseconds between two generations that begin for the same reason, where that may last: at first, and at most. */
const firstPause = 1000;
const longestPause = 60_000;

class Pace {
  #pause = firstPause;
  #last = Number.NEGATIVE_INFINITY;

  /** Whether it is time for the next one, which begins then. */
  allows(): boolean {
    const now = performance.now();
    const passed = now - this.#last;
    if (passed < this.#pause) return false;
    this.#pause = passed > 2 * this.#pause ? firstPause : Math.min(2 * this.#pause, longestPause);
    this.#last = now;
    return true;
  }
}

class Generation {
  number = 0;
  addresses: readonly string[] = [];
  /** A server may stay read-only, and its clients keep writing. */
  readonly readOnly: Pace = new Pace();
  /** A pooler may have no server to lend, and be as silent as one that is gone. */
  readonly silent: Pace = new Pace();
  /** A name may lead to another of several servers each time. */
  readonly moved: Pace = new Pace();
}

const generations = new Map<string, Generation>();

/** What tells that there is another server behind a name than before: a shutdown's SQLSTATE, 25006, its address, or silence. */
export type ServerChange = '57P01' | '57P02' | '57P03' | '25006' | 'address' | 'no answer';

/** A number that changes when the server behind one of these names has changed: what was opened before is then out of date. */
export function generationOf(hosts: readonly Host[]): () => number {
  const all = hosts.map(of);
  return () => {
    let sum = 0;
    for (const { number } of all) sum += number;
    return sum;
  };
}

/** The server has changed, says one of its connections. */
export function noteServerChange(host: Host, reason: ServerChange, logger: Logger | undefined): void {
  const generation = of(host);
  if (reason === '25006' && !generation.readOnly.allows()) return;
  if (reason === 'no answer' && !generation.silent.allows()) return;
  generation.number++;
  publish('azure-pg:server.changed', { host: host.host, port: host.port, reason }, logger);
}

/** What a name resolves to now. A failover gives it other addresses; that only some of them changed says nothing. */
export function noteAddresses(host: Host, addresses: readonly string[], logger: Logger | undefined): void {
  // Given by the program, perhaps another one for each pool.
  if (host.hostaddr !== undefined) return;
  const generation = of(host);
  const before = generation.addresses;
  const moved = before.length > 0 && !before.some((address) => addresses.includes(address));
  // Where it is not time yet, the next connection will see that they differ.
  if (moved && !generation.moved.allows()) return;
  generation.addresses = addresses;
  if (moved) noteServerChange(host, 'address', logger);
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
