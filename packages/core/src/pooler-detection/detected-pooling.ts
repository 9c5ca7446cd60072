/**
 * One thing that was seen while detecting, and so the reason for a verdict:
 *
 * - `announced`: the pooler says it itself, as the ParameterStatus that PgBouncer sends from 1.26 on.
 * - `own backend`: the process id announced at sign-in is the backend's. A pooler invents one.
 * - `invented process id`: it is not, so something that pools (or at least answers for the server) stands between.
 * - `statement renamed`, `statement kept its name`: what the backend calls a statement that was parsed under a name.
 * - `transaction refused`, `transaction allowed`: the answer to BEGIN. Only statement mode refuses.
 * - `backend changed`: one client met two backends. A session keeps its own.
 * - `backend shared`: two clients, both connected, met the same backend, or one met traces of another's query on its own.
 * - `backend reset`: as a client left, and not before, its backend was told to DISCARD ALL. That is how sessions end in session mode.
 * - `backend not reset`, `backend untouched`, `backend out of sight`: what proves nothing.
 * - `no answer`: no backend was free within the time, or the connection broke.
 */
export type PoolingEvidence =
  | 'announced'
  | 'own backend'
  | 'invented process id'
  | 'statement renamed'
  | 'statement kept its name'
  | 'transaction refused'
  | 'transaction allowed'
  | 'backend changed'
  | 'backend shared'
  | 'backend reset'
  | 'backend not reset'
  | 'backend untouched'
  | 'backend out of sight'
  | 'no answer';

/** What {@link detectPooling} found. */
export interface DetectedPooling {
  /** `unknown` where there is a pooler and nothing proved its mode. */
  readonly poolMode: 'none' | 'session' | 'transaction' | 'statement' | 'unknown';
  /** Whether a named (protocol-level) prepared statement can be run after the transaction that parsed it. */
  readonly preparedStatements: boolean | 'unknown';
  /** PgBouncer's max_prepared_statements, where it announces it (1.26 and newer). */
  readonly maxPreparedStatements?: number;
  /** What was seen, in order. */
  readonly evidence: readonly PoolingEvidence[];
}
