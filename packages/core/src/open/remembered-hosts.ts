import type { Host } from '../connection/connection.ts';

/**
 * Milliseconds for which a host that did not answer is tried after the others. Npgsql ("Host Recheck Seconds") and pgjdbc
 * (hostRecheckSeconds) take 10 s, too.
 */
const recheckAfter = 10_000;

const deadUntil = new Map<string, number>();
const signedIn = new Set<string>();

/** It could not be reached, or did not answer in its share of the time. */
export function noteDead(host: Host, address: string | undefined): void {
  const now = performance.now();
  for (const [key, until] of deadUntil) if (until <= now) deadUntil.delete(key);
  deadUntil.set(keyOf(host, address), now + recheckAfter);
}

/** Somebody signed in there. */
export function noteAlive(host: Host, address: string | undefined): void {
  deadUntil.delete(keyOf(host, address));
  signedIn.add(keyOf(host, undefined));
}

/** Whether this process has been signed in at this host before, at whatever address it had. */
export function wasAlive(host: Host): boolean {
  return signedIn.has(keyOf(host, undefined));
}

/** In their order, but those last that were dead a moment ago: one silent host must not cost every connect its share of the time. */
export function livingFirst<T>(
  items: readonly T[],
  placeOf: (item: T) => readonly [Host, string | undefined],
): readonly T[] {
  if (deadUntil.size === 0 || items.length < 2) return items;
  const now = performance.now();
  const isDead = (item: T): boolean => (deadUntil.get(keyOf(...placeOf(item))) ?? 0) > now;
  return [...items.filter((item) => !isDead(item)), ...items.filter(isDead)];
}

function keyOf({ host, port, hostaddr }: Host, address: string | undefined): string {
  return `${host} ${hostaddr ?? ''} ${port} ${address ?? ''}`;
}
