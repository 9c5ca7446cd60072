const place: unique symbol = Symbol('place');

/** What has no answer yet: a query, a transaction, a reservation. */
export type PendingKey = object & { [place]?: Entry | undefined };

interface Entry {
  readonly key: PendingKey;
  /** When it was added, beside the others. */
  readonly turn: number;
  reject: (reason: unknown) => void;
  /** Where it is in the list. */
  at: number;
}

/**
 * What has no answer yet, and what rejects it. A list whose gaps the last one fills, and no Map: a Map of which entries come and go with every query is made anew
 * again and again, and V8 keeps all that was in its former tables, queries with their answers, until it collects everything.
 */
export class Pending {
  readonly #entries: Entry[] = [];
  #turn = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** In no order. */
  *keys(): Generator<PendingKey> {
    for (const { key } of this.#entries) yield key;
  }

  has(key: PendingKey): boolean {
    return key[place] !== undefined;
  }

  /** Rejects all, in the order in which they were added. */
  reject(reason: unknown): void {
    const entries = [...this.#entries].sort((one, other) => one.turn - other.turn);
    for (const { reject } of entries) reject(reason);
  }

  /** One that is there already is rejected by this from now on. */
  add(key: PendingKey, reject: (reason: unknown) => void): void {
    const before = key[place];
    if (before !== undefined) {
      before.reject = reject;
      return;
    }
    const entry = { key, turn: this.#turn++, reject, at: this.#entries.length };
    key[place] = entry;
    this.#entries.push(entry);
  }

  /** Gives whether it was there. */
  delete(key: PendingKey): boolean {
    const entry = key[place];
    const last = this.#entries.at(-1);
    if (entry === undefined || last === undefined) return false;
    key[place] = undefined;
    this.#entries[entry.at] = last;
    last.at = entry.at;
    this.#entries.pop();
    return true;
  }
}
