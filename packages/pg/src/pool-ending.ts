import { sharedByCopies } from './shared-by-copies.ts';

const endings = sharedByCopies('endings', () => new WeakMap<object, AbortController>());

/** Fires when a pool ends. By its options: a client is made with them, and knows nothing of the pool while it connects. */
export function endingOf(options: object): AbortController {
  const known = endings.get(options) ?? new AbortController();
  endings.set(options, known);
  return known;
}

/**
 * Says that a pool which is not pg's ends: connecting that has failed is not tried again.
 *
 * @param config what its clients are made with; to be replaced by a copy where the pool begins again.
 */
export function poolEnds(config: object): void {
  endingOf(config).abort();
}

/** Lets clients that are made with these options try no longer to connect when a controller is aborted. */
export function endsWith(options: object, ending: AbortController): void {
  endings.set(options, ending);
}
