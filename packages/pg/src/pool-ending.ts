import { sharedByCopies } from './shared-by-copies.ts';

const endings = sharedByCopies('endings', () => new WeakMap<object, AbortController>());

/**
 * Aborted when a pool ends: clients that it is just making then try no other time to connect to a server that is down. It belongs to the pool's
 * options, the very object: a client is made with them, and knows nothing of the pool while it connects. Pools of ours do it by themselves.
 *
 * @param options what the clients are made with.
 */
export function endingOf(options: object): AbortController {
  const known = endings.get(options) ?? new AbortController();
  endings.set(options, known);
  return known;
}
