import type { AccessToken, TokenCredential } from '../../src/connection/token-credential.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What the credential does when it is asked: after a while give a token with so much life, fail, or never answer. */
export type Answer =
  | { readonly after: number; readonly life: number; readonly advise?: number; readonly again?: boolean }
  | { readonly after: number; readonly fail: unknown }
  | 'silence';

/** A credential that follows a script; the last line goes on for ever. It ignores abort signals, as managed identity does. */
export class ScriptedCredential implements TokenCredential {
  readonly clock: VirtualClock;
  script: Answer[];
  requests = 0;
  finished = 0;
  readonly signals: AbortSignal[] = [];
  #given: AccessToken | undefined;

  constructor(clock: VirtualClock, ...script: Answer[]) {
    this.clock = clock;
    this.script = script;
  }

  /** Requests under way that were not told to stop. */
  working(): number {
    return this.signals.filter((signal) => !signal.aborted).length - this.finished;
  }

  async getToken(_: string | string[], options?: { abortSignal?: AbortSignal }): Promise<AccessToken> {
    const answer = (this.script.length > 1 ? this.script.shift() : this.script[0]) as Answer;
    const number = ++this.requests;
    if (options?.abortSignal) this.signals.push(options.abortSignal);
    if (answer === 'silence') return new Promise(() => undefined);
    await this.clock.wait(answer.after);
    if (!options?.abortSignal?.aborted) this.finished++;
    if ('fail' in answer) throw answer.fail;
    const now = this.clock.now();
    // From a cache of its own.
    if (answer.again && this.#given !== undefined && this.#given.expiresOnTimestamp > now) return this.#given;
    this.#given = {
      token: `token-${number}`,
      expiresOnTimestamp: now + answer.life,
      ...(answer.advise === undefined ? {} : { refreshAfterTimestamp: now + answer.advise }),
    };
    return this.#given;
  }
}

/** What became of a promise, without waiting for it. */
export function watch<T>(promise: Promise<T>): {
  state: 'open' | 'done' | 'failed';
  value?: T;
  error?: unknown;
} {
  const seen: { state: 'open' | 'done' | 'failed'; value?: T; error?: unknown } = { state: 'open' };
  promise.then(
    (value) => Object.assign(seen, { state: 'done', value }),
    (error: unknown) => Object.assign(seen, { state: 'failed', error }),
  );
  return seen;
}
