import type { EventEmitter } from 'node:events';
import { sharedByCopies } from './shared-by-copies.ts';

const pools = sharedByCopies('pools', () => new WeakMap<object, EventEmitter>());

/** Notes which pool a client belongs to; pg's pool tells the client nothing of itself. */
export function belongsTo(client: object, pool: EventEmitter): void {
  pools.set(client, pool);
}

/** The pool of a client, where it is one of ours. */
export const poolOf = (client: object): EventEmitter | undefined => pools.get(client);
