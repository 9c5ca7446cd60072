/** Rejects what waits. */
export type Reject = (reason: unknown) => void;

interface Entry<Key extends object> {
  readonly key: Key | undefined;
  reject: Reject;
  previous: Entry<Key>;
  next: Entry<Key>;
}

const entry = Symbol('pending');

interface Tracked<Key extends object> {
  [entry]?: Entry<Key> | undefined;
}

/**
 * What was sent to the driver and has no answer yet, in the order in which it was sent. A ring, because a Map that every query enters and leaves
 * keeps what has left it alive until the next full garbage collection: V8's former tables of a Map lead to the later ones.
 */
export class Pending<Key extends object> {
  readonly #ring: Entry<Key>;
  #size = 0;

  constructor() {
    const ring = { key: undefined, reject: () => {} } as unknown as Entry<Key>;
    ring.previous = ring;
    ring.next = ring;
    this.#ring = ring;
  }

  get size(): number {
    return this.#size;
  }

  /** Gives whether it was not there before. */
  add(key: Key, reject: Reject): boolean {
    const tracked = key as Tracked<Key>;
    if (tracked[entry] !== undefined) {
      tracked[entry].reject = reject;
      return false;
    }
    const ring = this.#ring;
    const added: Entry<Key> = { key, reject, previous: ring.previous, next: ring };
    ring.previous.next = added;
    ring.previous = added;
    tracked[entry] = added;
    this.#size++;
    return true;
  }

  /** Gives whether it was there. */
  delete(key: Key): boolean {
    const tracked = key as Tracked<Key>;
    const removed = tracked[entry];
    if (removed === undefined) return false;
    tracked[entry] = undefined;
    removed.previous.next = removed.next;
    removed.next.previous = removed.previous;
    // It leads nowhere, so that nothing lives on by it.
    removed.previous = removed;
    removed.next = removed;
    this.#size--;
    return true;
  }

  /** Whether there is one like that. */
  some(isIt: (key: Key) => boolean): boolean {
    for (let at = this.#ring.next; at.key !== undefined; at = at.next) if (isIt(at.key)) return true;
    return false;
  }

  /** Rejects all. */
  rejectAll(reason: unknown): void {
    const rejects: Reject[] = [];
    for (let at = this.#ring.next; at.key !== undefined; at = at.next) rejects.push(at.reject);
    for (const reject of rejects) reject(reason);
  }
}
