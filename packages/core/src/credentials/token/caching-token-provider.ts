import { publicCloud } from '../../azure/clouds.ts';
import {
  type AccessToken,
  credentialName,
  isTokenCredential,
  problemWith,
  type TokenCredential,
} from '../../connection/token-credential.ts';
import type { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { TokenRequestReason } from '../../notices/diagnostics.ts';
import type { Logger } from '../../notices/logger.ts';
import { type Clock, systemClock } from '../../waiting/clock.ts';
import { waitFor } from '../../waiting/wait-for.ts';
import { connectAllowance } from './connect-allowance.ts';
import { type EntraToken, entraToken } from './entra-token.ts';
import {
  decide,
  type HeldToken,
  isWorse,
  onRefusal,
  type RefusalState,
  refreshTime,
} from './refresh-policy.ts';
import { tokenUnusable } from './token-error.ts';
import type { GetTokenOptions, ProviderWords, TokenProvider, TokenProviderOptions } from './token-source.ts';

/** One request that callers share. */
interface Flight {
  readonly result: Promise<Held>;
  readonly resolve: (held: Held) => void;
  readonly startedAt: number;
  /** It was given up because nothing came back; whoever waits for it goes on waiting. */
  silent: boolean;
}

interface Held extends HeldToken {
  readonly token: EntraToken;
}

/** Milliseconds without an answer before a caller that ran out of time may leave a request behind, so that these do not pile up. */
const patienceWithSilence = 1000;

/** The state behind `createTokenProvider`, and the only place that changes it. */
export class CachingTokenProvider implements TokenProvider {
  readonly #options: TokenProviderOptions;
  readonly #scope: string;
  readonly #clock: Clock;
  readonly #minimumLifetime: number;
  readonly #requestTimeout: number;
  readonly #words: ProviderWords;
  #credential: Promise<TokenCredential> | undefined;
  #name: string;
  #held: Held | undefined;
  #suspect = false;
  #flight: Flight | undefined;
  #failures = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  #jitter = 0;
  #refusals: RefusalState = { count: 0, at: Number.NEGATIVE_INFINITY };

  constructor(options: TokenProviderOptions, words: ProviderWords) {
    this.#options = options;
    this.#scope = options.scope ?? publicCloud.scope;
    this.#clock = { ...systemClock, ...options.clock };
    this.#minimumLifetime = options.minimumLifetime ?? connectAllowance;
    this.#requestTimeout = options.requestTimeout ?? 30_000;
    this.#name = options.name ?? credentialName(options.credential);
    this.#words = words;
  }

  async getToken(options: GetTokenOptions = {}): Promise<EntraToken> {
    const { signal, minimumLifetime = this.#minimumLifetime, logger } = options;
    signal?.throwIfAborted();
    const started = this.#clock.now();
    const decision = this.#decide(started, minimumLifetime);
    if (decision.serve) {
      const held = this.#held as Held;
      if (decision.refresh) this.#start('refresh', started, logger);
      return this.#serve(held, true, started, logger);
    }
    const limit = started + (options.timeout ?? 2 * this.#requestTimeout);
    for (let first = true; ; first = false) {
      const now = this.#clock.now();
      const joined = this.#flight;
      const flight = joined ?? this.#start(this.#reason(), this.#decideAskAt(now, minimumLifetime), logger);
      const patience = this.#patience(now, limit);
      let cutShort = false;
      try {
        const held = await waitFor(flight.result, this.#clock, {
          signal,
          timeout: patience,
          onTimeout: () => {
            cutShort = patience < limit - now;
            this.#doubt(flight);
            return this.#words.timeout(this.#name, this.#clock.now() - started);
          },
        });
        return this.#serve(held, false, started, logger);
      } catch (error) {
        if (signal?.aborted) throw error;
        // A token that is short of life, or that the server refused once, is better than none.
        const spare = this.#held;
        if (spare !== undefined && this.#clock.now() < spare.expiresAt) {
          return this.#serve(spare, true, started, logger);
        }
        // Somebody else's request had hung before this caller came; or it waited less long for the sake of a spare that a busy program
        // then let expire: that was not a fair try.
        if (((first && joined?.silent) || cutShort) && this.#clock.now() < limit) continue;
        throw error;
      }
    }
  }

  /** A caller's whole time passed without an answer: the next caller gets a request of its own, beside the one that hangs. */
  #doubt(flight: Flight): void {
    if (this.#clock.now() - flight.startedAt < patienceWithSilence) return;
    flight.silent = true;
    if (this.#flight === flight) this.#flight = undefined;
    this.#trustAgain();
  }

  /** Nothing better than the refused token can be had now: it serves on, and the search goes on behind the connects. */
  #trustAgain(): void {
    if (!this.#suspect || this.#held === undefined) return;
    this.#suspect = false;
    this.#held = { ...this.#held, refreshAt: this.#clock.now() };
  }

  refuse(token: string, logger?: Logger): boolean {
    const replaced = this.#replaces(token);
    this.#words.publish(
      'azure-pg:token.refused',
      { scope: this.#scope, credential: this.#name, replaced },
      logger,
    );
    return replaced;
  }

  #replaces(token: string): boolean {
    // Another one is held, or on its way.
    if (this.#held === undefined || this.#held.token.token !== token || this.#suspect) return true;
    const { replace, state } = onRefusal(this.#clock.now(), this.#refusals);
    this.#refusals = state;
    this.#suspect = replace;
    // A credential made here keeps tokens of its own; a new one begins without them.
    if (replace && !isTokenCredential(this.#options.credential)) this.#credential = undefined;
    return replace;
  }

  #decide(now: number, minimumLifetime: number): ReturnType<typeof decide> {
    return decide(
      now,
      {
        held: this.#held,
        suspect: this.#suspect,
        requesting: this.#flight !== undefined,
        failures: this.#failures,
        failedAt: this.#failedAt,
        jitter: this.#jitter,
      },
      minimumLifetime,
    );
  }

  #decideAskAt(now: number, minimumLifetime: number): number {
    const decision = this.#decide(now, minimumLifetime);
    return decision.serve ? now : decision.askAt;
  }

  #reason(): TokenRequestReason {
    if (this.#held === undefined) return 'first';
    return this.#suspect ? 'refused' : 'expired';
  }

  /** How long a caller waits: to its limit; but not for longer than half the life of a token that it could use instead. */
  #patience(now: number, limit: number): number {
    const spare = this.#held === undefined ? 0 : this.#held.expiresAt - now;
    return spare > 0 ? Math.min(limit - now, spare / 2) : limit - now;
  }

  #serve(held: Held, cached: boolean, started: number, logger: Logger | undefined): EntraToken {
    const now = this.#clock.now();
    const lifetime = held.expiresAt - now;
    this.#words.publish(
      'azure-pg:token.served',
      { scope: this.#scope, credential: this.#name, cached, duration: now - started, lifetime },
      logger,
    );
    return held.token;
  }

  #start(reason: TokenRequestReason, askAt: number, logger: Logger | undefined): Flight {
    let resolve: (held: Held) => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const result = new Promise<Held>((...settle) => {
      [resolve, reject] = settle;
    });
    // A refresh behind the connects may fail with nobody waiting.
    result.catch(() => undefined);
    const flight: Flight = { result, resolve, startedAt: Math.max(askAt, this.#clock.now()), silent: false };
    this.#flight = flight;
    this.#request(flight, reason, askAt, logger).then(resolve, reject);
    return flight;
  }

  async #request(
    flight: Flight,
    reason: TokenRequestReason,
    askAt: number,
    logger: Logger | undefined,
  ): Promise<Held> {
    const pause = askAt - this.#clock.now();
    if (pause > 0) await new Promise<void>((resolve) => this.#clock.after(pause, resolve, false));
    const started = this.#clock.now();
    const about = { scope: this.#scope, credential: this.#name, reason };
    this.#words.publish('azure-pg:token.requested', about, logger);
    const controller = new AbortController();
    // What comes after the deadline is still kept: this promise outlives the flight.
    const answer = this.#ask(controller.signal).then((given) => {
      const held = this.#keep(given);
      const lifetime = held.expiresAt - held.receivedAt;
      this.#words.publish(
        'azure-pg:token.refreshed',
        { ...about, credential: this.#name, duration: held.receivedAt - started, lifetime },
        logger,
      );
      // An answer that came after its deadline serves those who wait for the next request.
      if (this.#flight !== flight) {
        this.#flight?.resolve(held);
        this.#flight = undefined;
      }
      return held;
    });
    answer.catch(() => undefined);
    let cancel: (() => void) | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const giveUp = (): void => {
        flight.silent = true;
        reject(this.#words.timeout(this.#name, this.#requestTimeout));
        controller.abort();
      };
      // Who waits keeps the process alive, not the request: when all have given up, the program may end.
      cancel = this.#clock.after(this.#requestTimeout, giveUp, false);
    });
    try {
      return await Promise.race([answer, deadline]);
    } catch (cause) {
      const error = this.#unavailable(cause);
      const now = this.#clock.now();
      // What a later request got meanwhile counts for more.
      if (this.#held === undefined || this.#held.receivedAt < started) this.#noteFailure();
      const usable = this.#held !== undefined && now < this.#held.expiresAt;
      this.#words.publish(
        'azure-pg:token.failed',
        { ...about, credential: this.#name, duration: now - started, error, usable },
        logger,
      );
      throw error;
    } finally {
      cancel?.();
      if (this.#flight === flight) this.#flight = undefined;
    }
  }

  #noteFailure(): void {
    this.#trustAgain();
    // It may hold on to what made it fail, as workload identity does to an old token file.
    if (!isTokenCredential(this.#options.credential)) this.#credential = undefined;
    this.#failures += 1;
    this.#failedAt = this.#clock.now();
    this.#jitter = this.#clock.random();
  }

  async #ask(abortSignal: AbortSignal): Promise<AccessToken> {
    const credential = await this.#credentialReady();
    if (!isTokenCredential(credential))
      throw this.#unusable('could not be made', 'Check what "credential" gives.');
    const given = await credential.getToken(this.#scope, { abortSignal });
    const problem = problemWith(given, this.#clock.now());
    if (problem !== undefined) throw this.#unusable(...problem);
    if (!this.#words.accepts((given as AccessToken).token)) {
      throw this.#unusable(
        'gave a token with characters that no token has',
        'Check what its getToken resolves to.',
      );
    }
    return given as AccessToken;
  }

  #unavailable(cause: unknown): AzurePgError {
    try {
      return this.#words.unavailable(this.#name, cause);
    } catch {
      // What was thrown cannot even be looked at.
      return this.#unusable('threw what is no error', 'Check what its getToken rejects with.');
    }
  }

  #unusable(problem: string, hint: string): AzurePgError {
    return tokenUnusable(this.#name, this.#scope, problem, hint);
  }

  /** Made once; a failure to make it (a library that is not installed) is not remembered. */
  #credentialReady(): Promise<TokenCredential> {
    if (this.#credential === undefined) {
      const { credential: given, name } = this.#options;
      const made = isTokenCredential(given) ? Promise.resolve(given) : Promise.resolve().then(given);
      this.#credential = made;
      made.then(
        (credential) => {
          this.#name = name ?? credentialName(credential);
        },
        () => {
          this.#credential = undefined;
        },
      );
    }
    return this.#credential;
  }

  #keep({ token, expiresOnTimestamp, refreshAfterTimestamp }: AccessToken): Held {
    const receivedAt = this.#clock.now();
    const before = this.#suspect ? undefined : this.#held;
    this.#suspect = false;
    this.#failures = 0;
    this.#failedAt = Number.NEGATIVE_INFINITY;
    const again = this.#held?.token.token === token;
    if (!again && before && isWorse(receivedAt, expiresOnTimestamp, before, this.#minimumLifetime)) {
      const timing = { expiresAt: before.expiresAt, receivedAt, advisedAt: undefined, again: true };
      const next = refreshTime(timing, this.#minimumLifetime, 0);
      this.#held = { ...before, refreshAt: Math.max(before.refreshAt, next) };
      return this.#held;
    }
    const advisedAt = Number.isFinite(refreshAfterTimestamp) ? refreshAfterTimestamp : undefined;
    const timing = { expiresAt: expiresOnTimestamp, receivedAt, advisedAt, again };
    const refreshAt = refreshTime(timing, this.#minimumLifetime, this.#clock.random());
    const known = again && this.#held?.expiresAt === expiresOnTimestamp ? this.#held.token : undefined;
    this.#held = {
      token: known ?? entraToken({ token, expiresOnTimestamp }),
      expiresAt: expiresOnTimestamp,
      receivedAt,
      refreshAt,
    };
    return this.#held;
  }
}
