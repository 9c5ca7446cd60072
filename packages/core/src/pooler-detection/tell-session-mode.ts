import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Backend,
  isSameBackend,
  look,
  ownBackend,
  probeMark,
  type Sighting,
} from './backend-sighting.ts';
import type { PoolingEvidence } from './detected-pooling.ts';
import type { ProbeSession } from './probe-session.ts';

const attempts = 6;
/** How often a backend must be reset just as its client leaves, before that is not a coincidence. */
const resetsWanted = 2;
/** Milliseconds for which a backend must be left alone while its client says nothing. */
const dwell = 20;
/** Milliseconds between looks at the backend of a client that left: at first no pause, as the next client may take it at once. */
const pauses: readonly number[] = [0, 0, 0, 0, 5, 10, 20, 40, 80, 160];

/**
 * Distinguishes session from transaction mode where BEGIN is allowed and nothing else has decided. Both answers are proven, or the result is undefined:
 *
 * - **transaction**: a client that stays connected meets another backend than before, or another client meets its backend, or leaves a
 *   query on it. None of these can happen to a session that has its backend to itself.
 * - **session**: twice, with a fresh client each time, a backend kept this client's query as its last one while the client was silent, and
 *   had run DISCARD ALL right after the client said goodbye. PgBouncer sends that (server_reset_query) as a session ends; in transaction
 *   mode nobody tells the backend that a client left.
 *
 * Not meeting each other proves nothing, since in a large pool two clients may never meet. Other clients' load only makes them meet sooner.
 *
 * @param first a session, and the backend that it was on.
 * @param open opens another session to the same place.
 */
export async function tellSessionMode(
  first: ProbeSession,
  firstBackend: Backend,
  open: () => Promise<ProbeSession>,
  evidence: PoolingEvidence[],
): Promise<'session' | 'transaction' | undefined> {
  let client = first;
  let before: Backend | undefined = firstBackend;
  let observer = await open();
  let resets = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const marker = `${probeMark}, ${randomUUID()} */`;
    // Twice, since a pooler that takes turns with its servers gives the next one each time.
    for (let query = 0; query < 2; query++) {
      const now = await ownBackend(client, marker);
      if (now === undefined) return undefined;
      if (before !== undefined && !isSameBackend(before, now)) {
        evidence.push('backend changed');
        return 'transaction';
      }
      before = now;
    }
    const backend = before as Backend;
    let sighting = await look(observer, backend);
    let verdict = judgeSighting(sighting, backend, marker);
    if (verdict === 'backend untouched') {
      await wait(dwell);
      sighting = await look(observer, backend);
      verdict = judgeSighting(sighting, backend, marker);
    }
    evidence.push(verdict);
    if (verdict === 'backend shared') return 'transaction';
    if (verdict === 'backend out of sight') {
      // Several poolers behind one name: perhaps the next observer comes to the client's.
      await observer.close();
      observer = await open();
      continue;
    }
    const leaving = client.close();
    if (await wasReset(observer, backend, marker)) {
      evidence.push('backend reset');
      resets++;
      if (resets === resetsWanted) return 'session';
    } else {
      evidence.push('backend not reset');
    }
    await leaving;
    client = await open();
    before = undefined;
  }
  return undefined;
}

/** What an observer's look says about a backend whose client is connected and silent, its last query bearing `marker`. */
export function judgeSighting(
  sighting: Sighting | undefined,
  backend: Backend,
  marker: string,
): 'backend shared' | 'backend untouched' | 'backend out of sight' {
  if (sighting === undefined) return 'backend out of sight';
  if (isSameBackend(sighting.self, backend)) return 'backend shared';
  if (sighting.lastQuery === undefined) return 'backend out of sight';
  return sighting.lastQuery.startsWith(marker) ? 'backend untouched' : 'backend shared';
}

async function wasReset(observer: ProbeSession, backend: Backend, marker: string): Promise<boolean> {
  for (const pause of pauses) {
    if (pause > 0) await wait(pause);
    const sighting = await look(observer, backend);
    if (sighting === undefined || !sighting.alive || sighting.lastQuery === undefined) return false;
    if (/^\s*discard\s+all\b/i.test(sighting.lastQuery)) return true;
    if (!sighting.lastQuery.startsWith(marker)) return false;
  }
  return false;
}
