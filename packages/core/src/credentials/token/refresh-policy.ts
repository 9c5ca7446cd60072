/** What the policy knows of a token: milliseconds since 1970, nothing secret. */
export interface HeldToken {
  readonly expiresAt: number;
  /** When the credential gave it; or last gave the very same one again. */
  readonly receivedAt: number;
  /** From when on the next one is fetched in the background; see {@link refreshTime}. */
  readonly refreshAt: number;
}

/** What the policy knows of a provider. */
export interface RefreshState {
  readonly held: HeldToken | undefined;
  /** The server refused the held token: it is used only if nothing else can be obtained. */
  readonly suspect: boolean;
  readonly requesting: boolean;
  /** Failures in a row since the last success. */
  readonly failures: number;
  readonly failedAt: number;
  /** Between 0 and 1, drawn once per failure, so that many processes do not come back in step. */
  readonly jitter: number;
}

export type Decision =
  /** Hand out the held token; `refresh` says whether to fetch the next one meanwhile. */
  | { readonly serve: true; readonly refresh: boolean }
  /** A request has to be awaited; one that has to be started waits until `askAt`. */
  | { readonly serve: false; readonly askAt: number };

/**
 * The whole of the refresh policy: a function of the time, the state and the life a token must still have.
 *
 * - A usable token is served at once, always; from `refreshAt` on the next one is fetched behind it.
 * - The same where it seems to come from the future, because the clock was set back: its end is not what it was.
 * - A failed refresh changes nothing for the callers; the next try waits, longer after every failure.
 * - Without a usable token callers wait for one request, which follows a failure after a short pause: long enough that a failing
 *   service is not hammered, short enough that the first connect after its recovery succeeds.
 */
export function decide(now: number, state: RefreshState, minimumLifetime: number): Decision {
  const { held, suspect, requesting, failures, failedAt, jitter } = state;
  if (held !== undefined && !suspect && isUsable(now, held, minimumLifetime)) {
    const late = now >= held.refreshAt || isFromTheFuture(now, held);
    const due = late && pauseEnd(now, failedAt, refreshPause(failures, jitter)) <= now;
    return { serve: true, refresh: due && !requesting };
  }
  return {
    serve: false,
    askAt: failures === 0 ? now : pauseEnd(now, failedAt, retryPause(failures, jitter)),
  };
}

/** A clock that was set back by more than this (milliseconds) makes a token seem to live longer than it does. */
const clockTolerance = 60_000;

function isFromTheFuture(now: number, { receivedAt }: HeldToken): boolean {
  return now < receivedAt - clockTolerance;
}

/** Whether a token that just came, and ends sooner than the held one, is to be left aside: an issuer may have caches that differ. */
export function isWorse(now: number, expiresAt: number, held: HeldToken, minimumLifetime: number): boolean {
  return expiresAt < held.expiresAt && isUsable(now, held, minimumLifetime) && !isFromTheFuture(now, held);
}

/** When a pause that began then is over: at once where the clock was set back meanwhile, or it might last for hours. */
function pauseEnd(now: number, began: number, pause: number): number {
  return began > now ? now : Math.max(now, began + pause);
}

/**
 * A token is usable while it outlives the connect that uses it. One that had less life than that from the start is all the credential
 * gives: it is used for the first half of that life, after which the credential is asked again.
 */
function isUsable(now: number, held: HeldToken, minimumLifetime: number): boolean {
  return now < usableUntil(held, minimumLifetime);
}

function usableUntil(
  { expiresAt, receivedAt }: Pick<HeldToken, 'expiresAt' | 'receivedAt'>,
  minimumLifetime: number,
): number {
  const granted = expiresAt - receivedAt;
  return expiresAt - (granted > minimumLifetime ? minimumLifetime : granted / 2);
}

/** The part of its usable life after which a token is replaced, where the issuer advises nothing. */
const earliestFraction = 0.84;
const latestFraction = 0.9;

/**
 * When to fetch the next token: when the issuer advises it, else late in the usable life; spread a little, so that processes started
 * together do not ask together. When the credential gave the same token again (it has a cache of its own) or advises a time that is
 * over, the next try comes after a third of what is left: a few cheap calls until the credential's cache lets go.
 */
export function refreshTime(
  token: { expiresAt: number; receivedAt: number; advisedAt: number | undefined; again: boolean },
  minimumLifetime: number,
  random: number,
): number {
  const { expiresAt, receivedAt, advisedAt, again } = token;
  const end = usableUntil({ expiresAt, receivedAt }, minimumLifetime);
  const usable = Math.max(0, end - receivedAt);
  if (again || (advisedAt !== undefined && advisedAt <= receivedAt)) return receivedAt + usable / 3;
  if (advisedAt !== undefined && advisedAt < end) return advisedAt + random * (end - advisedAt) * 0.1;
  return receivedAt + usable * (earliestFraction + random * (latestFraction - earliestFraction));
}

/** Milliseconds after which a failed refresh is tried again while the old token still serves: 2 s, doubling to 60 s, ± a quarter. */
function refreshPause(failures: number, jitter: number): number {
  return failures === 0 ? 0 : spread(Math.min(60_000, 1000 * 2 ** Math.min(failures, 10)), jitter);
}

/** The same where nobody can connect meanwhile: 0.1 s, doubling to 1 s, ± a quarter. */
function retryPause(failures: number, jitter: number): number {
  return spread(Math.min(1000, 50 * 2 ** Math.min(failures, 10)), jitter);
}

const spread = (milliseconds: number, jitter: number): number => milliseconds * (0.75 + jitter / 2);

/** What is remembered of the server's refusals: when the last one made us ask for a new token, and how many did in a row. */
export interface RefusalState {
  readonly count: number;
  readonly at: number;
}

/**
 * Whether a refused token is worth a new one now. The first refusal always is; after it the pause doubles from 10 s to 10 min, because
 * a server that refuses one fresh token after the other refuses the role, not the token. A quiet time of twice the pause forgets.
 */
export function onRefusal(now: number, state: RefusalState): { replace: boolean; state: RefusalState } {
  const pause = state.count === 0 ? 0 : Math.min(600_000, 5000 * 2 ** Math.min(state.count, 10));
  if (pauseEnd(now, state.at, pause) > now) return { replace: false, state };
  return { replace: true, state: { count: now > state.at + 2 * pause ? 1 : state.count + 1, at: now } };
}
