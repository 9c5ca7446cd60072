import type { Clock } from '../../src/waiting/clock.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: what is due happens in order, and promises settle before the next event. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #queue: Event[] = [];
  readonly #chance: () => number;

  constructor(start: number = Date.UTC(2026, 0, 1), seed: number = 1) {
    this.#now = start;
    this.#chance = seededRandom(seed);
  }

  now = (): number => this.#now;
  random = (): number => this.#chance();

  after = (milliseconds: number, callback: () => void): (() => void) => {
    let live = true;
    this.at(this.#now + Math.max(0, milliseconds), () => {
      if (live) callback();
    });
    return () => {
      live = false;
    };
  };

  /** A pause in virtual time. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });
  }

  at(time: number, run: () => void): void {
    const event = { at: time, order: this.#order++, run };
    let index = this.#queue.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, this.#queue[parent] as Event)) break;
      this.#queue[index] = this.#queue[parent] as Event;
      index = parent;
    }
    this.#queue[index] = event;
  }

  /** Lets everything happen that is due until then. */
  async runUntil(end: number): Promise<void> {
    await settled();
    for (let next = this.#queue[0]; next !== undefined && next.at <= end; next = this.#queue[0]) {
      this.#removeFirst();
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }

  #removeFirst(): void {
    const queue = this.#queue;
    const last = queue.pop() as Event;
    if (queue.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && before(queue[child + 1] as Event, queue[child] as Event)) child++;
      if (!before(queue[child] as Event, last)) break;
      queue[index] = queue[child] as Event;
      index = child;
    }
    queue[index] = last;
  }
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** All promises that can settle without time passing have settled. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
