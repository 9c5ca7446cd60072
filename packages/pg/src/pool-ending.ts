import { sharedByCopies } from './shared-by-copies.ts';

const endings = sharedByCopies('endings', () => new WeakMap<object, AbortController>());

/** Fires when a pool ends. By its options: a client is made with them, and knows nothing of the pool while it connects. */
export function endingOf(options: object): AbortController {
  const known = endings.get(options) ?? new AbortController();
  endings.set(options, known);
  return known;
}
