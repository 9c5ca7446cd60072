import { randomUUID } from 'node:crypto';
import type { AzureConnection } from '../connection/connection.ts';
import { openSession } from '../open/open-session.ts';
import type { OpenOptions } from '../open/opening.ts';
import { abortable } from '../waiting/abortable.ts';
import { readBackend, runNamedProbe } from './backend-sighting.ts';
import type { DetectedPooling, PoolingEvidence } from './detected-pooling.ts';
import { type ProbeSession, probeSession } from './probe-session.ts';
import { tellSessionMode } from './tell-session-mode.ts';

/** How long `detectPooling` may take, and how it connects. */
export interface DetectPoolingOptions {
  /** Gives up; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for everything after the first connection is open; what is not known by then stays unknown. Default: 15,000. */
  readonly timeout?: number | undefined;
  /** As for `openConnection`. */
  readonly dial?: OpenOptions['dial'];
  readonly connectRetryTimeout?: OpenOptions['connectRetryTimeout'];
}

/**
 * Finds out on the live server whether there is a pooler, its mode, and whether named prepared statements survive in it. Needs no privileges
 * beyond signing in, changes nothing, and answers `unknown` where nothing was proven. It opens one connection, or up to eight where session mode
 * has to be told from transaction mode; usually one or two, and three to ten round trips. Asking a statement-mode pooler costs it one server
 * connection, which it closes when it is asked to BEGIN.
 *
 * @throws AzurePgError as `openConnection` does, when the first connection cannot be opened.
 */
export async function detectPooling(
  connection: AzureConnection,
  options: DetectPoolingOptions = {},
): Promise<DetectedPooling> {
  const { signal, dial, connectRetryTimeout } = options;
  return detectWith(async (deadline) => {
    const signals = [signal, deadline].filter((each) => each !== undefined);
    return probeSession(
      await openSession(connection, { signal: AbortSignal.any(signals), dial, connectRetryTimeout }),
    );
  }, options);
}

/** The same over any way of opening a session. */
async function detectWith(
  open: (deadline: AbortSignal | undefined) => Promise<ProbeSession>,
  { signal, timeout = 15_000 }: DetectPoolingOptions = {},
): Promise<DetectedPooling> {
  signal?.throwIfAborted();
  const evidence: PoolingEvidence[] = [];
  const sessions: ProbeSession[] = [];
  const first = await open(undefined);
  sessions.push(first);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  const abort = (): void => deadline.abort();
  // It may have fired while the first session began.
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const openMore = async (): Promise<ProbeSession> => {
    deadline.signal.throwIfAborted();
    const session = await open(deadline.signal);
    if (deadline.signal.aborted) await session.close();
    else sessions.push(session);
    return session;
  };
  const verdict: Verdict = { poolMode: 'unknown', preparedStatements: 'unknown' };
  try {
    await abortable(judge(first, openMore, evidence, verdict), deadline.signal);
  } catch {
    signal?.throwIfAborted();
    // What was proven before stays proven.
    evidence.push('no answer');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    await Promise.all(sessions.map((session) => session.close()));
  }
  return Object.freeze({ ...verdict, evidence: Object.freeze(evidence) });
}

interface Verdict {
  poolMode: DetectedPooling['poolMode'];
  preparedStatements: DetectedPooling['preparedStatements'];
  maxPreparedStatements?: number;
}

/** Asks step by step, each only if the one before did not decide, and records what is proven as soon as it is. */
async function judge(
  client: ProbeSession,
  open: () => Promise<ProbeSession>,
  evidence: PoolingEvidence[],
  verdict: Verdict,
): Promise<void> {
  if (readAnnouncement(client.parameters, verdict)) {
    evidence.push('announced');
    return;
  }

  const name = `azure_pg_probe_${randomUUID()}`;
  const named = await runNamedProbe(client, name);
  const backend = readBackend(named);
  if (backend === undefined) return;
  if (backend.pid === client.announcedPid) {
    evidence.push('own backend');
    verdict.poolMode = 'none';
    verdict.preparedStatements = true;
    return;
  }
  evidence.push('invented process id');
  const names = named.rows.map((row) => row[2]).filter((each) => each != null);
  // PgBouncer renames statements (PGBOUNCER_7), to find them again on every server, in transaction and statement mode when
  // max_prepared_statements is not 0, and never in session mode.
  const kept = names.includes(name);
  const renamed = !kept && names.length > 0;
  if (kept) evidence.push('statement kept its name');
  if (renamed) {
    evidence.push('statement renamed');
    verdict.preparedStatements = true;
  }

  const { error } = await client.query('begin');
  if (error !== undefined) {
    if (!/statement pooling mode/i.test(error.message)) return;
    evidence.push('transaction refused');
    verdict.poolMode = 'statement';
    if (kept) verdict.preparedStatements = false;
    return;
  }
  evidence.push('transaction allowed');
  const rollback = await client.query('rollback');
  if (rollback.error !== undefined) return;
  const mode = renamed ? 'transaction' : await tellSessionMode(client, backend, open, evidence);
  if (mode === undefined) return;
  verdict.poolMode = mode;
  if (mode === 'session') verdict.preparedStatements = true;
  else if (kept) verdict.preparedStatements = false;
}

/** https://www.pgbouncer.org/changelog.html: since 1.26 PgBouncer says what it does. */
function readAnnouncement(parameters: Readonly<Record<string, string>>, verdict: Verdict): boolean {
  const mode = parameters['pgbouncer.pool_mode'];
  if (mode !== 'session' && mode !== 'transaction' && mode !== 'statement') return false;
  verdict.poolMode = mode;
  const most = Number(parameters['pgbouncer.max_prepared_statements'] ?? Number.NaN);
  if (Number.isInteger(most) && most >= 0) verdict.maxPreparedStatements = most;
  if (mode === 'session') verdict.preparedStatements = true;
  else if (verdict.maxPreparedStatements !== undefined) verdict.preparedStatements = most > 0;
  return true;
}
