import type { AzureConnection, Pooling } from '../connection/connection.ts';
import { systemClock } from '../waiting/clock.ts';
import { waitFor } from '../waiting/wait-for.ts';
import { type DetectPoolingOptions, detectPooling } from './detect-pooling.ts';
import type { DetectedPooling } from './detected-pooling.ts';

/** What is known of one pooler, or is being asked. */
interface Remembered {
  readonly detected: Promise<DetectedPooling>;
  /** Set once it is known. */
  pooling?: Pooling;
  /** `performance.now()` from which on it is asked again; what is known holds until there is an answer. */
  until: number;
}

// Shared by all copies of this package in the process.
const registry = Symbol.for('@azure-pg/core.detected-pooling');

/** Milliseconds after which a pooler is asked again, since its settings can change; and one that revealed nothing. */
const knownFor = 10 * 60_000;
const unknownFor = 60_000;

/** Cautious enough for every mode that allows transactions: Azure's own defaults. */
const cautious: Pooling = Object.freeze({ poolMode: 'transaction', maxPreparedStatements: 0 });

/** How `effectivePooling` detects where it has to. */
export interface EffectivePoolingOptions {
  /** Ends this caller's wait; others waiting for the same detection go on. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of {@link detectPooling}, for tests. */
  readonly detect?: typeof detectPooling | undefined;
  /** As for `openConnection`. */
  readonly dial?: DetectPoolingOptions['dial'];
}

/**
 * What the pooler allows: what the connection says, or, where it says pool_mode=detect, what was detected. Adapters call it while opening a
 * connection. The live server is asked once per process for each endpoint, database and role, by one caller for all; a failure is reported to
 * those who wait and then forgotten. What could not be detected is treated as transaction mode without named statements, and asked again
 * after a minute. What was detected is asked again after ten, by the next connection that is opened, which does not wait for it: a pooler's
 * settings can change.
 *
 * @throws AzurePgError as `detectPooling` does.
 */
export async function effectivePooling(
  connection: AzureConnection,
  options: EffectivePoolingOptions = {},
): Promise<Pooling> {
  if (connection.pooling.poolMode !== 'detect') return connection.pooling;
  const { signal, dial, detect: asks = detectPooling } = options;
  const detect = (): Promise<DetectedPooling> => asks(connection, { dial });
  signal?.throwIfAborted();
  const known = remembered();
  const key = keyOf(connection);
  const before = known.get(key);
  if (before?.pooling !== undefined) {
    if (before.until <= performance.now()) {
      before.until = Number.POSITIVE_INFINITY;
      ask(connection, key, detect, before).detected.catch(() => {});
    }
    return before.pooling;
  }
  const { detected } = before ?? ask(connection, key, detect, undefined);
  const onTimeout = (): Error => new Error('never: no timeout is set');
  return poolingOf(await waitFor(detected, systemClock, { signal, onTimeout }));
}

/** Asks, and replaces what was known before by the answer; a failure leaves that, or nothing. */
function ask(
  connection: AzureConnection,
  key: string,
  detect: () => Promise<DetectedPooling>,
  before: Remembered | undefined,
): Remembered {
  const known = remembered();
  const asked: Remembered = { detected: detect(), until: Number.POSITIVE_INFINITY };
  if (before === undefined) known.set(key, asked);
  asked.detected.then(
    (found) => {
      if (before !== undefined && found.poolMode === 'unknown') {
        before.until = performance.now() + unknownFor;
        return;
      }
      asked.pooling = poolingOf(found);
      asked.until = performance.now() + (found.poolMode === 'unknown' ? unknownFor : knownFor);
      // Unless it was forgotten meanwhile.
      if (before !== undefined && known.get(key) === before) known.set(key, asked);
      connection.logger?.debug?.('Detected the pool mode', { ...found });
    },
    () => {
      if (before !== undefined) before.until = performance.now() + unknownFor;
      else if (known.get(key) === asked) known.delete(key);
    },
  );
  return asked;
}

/** What {@link effectivePooling} would give without asking anybody; undefined where it is still to be detected. */
export function rememberedPooling(connection: AzureConnection): Pooling | undefined {
  if (connection.pooling.poolMode !== 'detect') return connection.pooling;
  return remembered().get(keyOf(connection))?.pooling;
}

/**
 * Forgets what was detected, so that the next connection asks again and waits for the answer. For a pooler whose settings were changed.
 */
export function forgetPooling(connection: AzureConnection): void {
  remembered().delete(keyOf(connection));
}

/** What adapters obey, from what was detected. A number that is not announced is given as 1: some, it is unknown how many. */
export function poolingOf(found: DetectedPooling): Pooling {
  const { poolMode, preparedStatements, maxPreparedStatements } = found;
  if (poolMode === 'unknown' && preparedStatements !== true) return cautious;
  const most = preparedStatements === true ? (maxPreparedStatements ?? 1) : 0;
  return Object.freeze({
    poolMode: poolMode === 'unknown' ? 'transaction' : poolMode,
    maxPreparedStatements: poolMode === 'none' ? 0 : most,
  });
}

function remembered(): Map<string, Remembered> {
  const shared = globalThis as { [registry]?: Map<string, Remembered> };
  shared[registry] ??= new Map();
  return shared[registry];
}

/** Pools are per database and role, and both may have a mode of their own. */
function keyOf({ hosts, database, user }: AzureConnection): string {
  return JSON.stringify([hosts.map(({ host, hostaddr, port }) => [host, hostaddr, port]), database, user]);
}
