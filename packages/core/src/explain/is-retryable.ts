import { type ErrorLink, errorLinks } from './explanations/error-links.ts';

/**
 * SQLSTATEs after which reconnecting can succeed. Microsoft publishes no list; these say "not now": resources that free themselves
 * (53xxx), a server that stops, starts or fails over (57P01–57P03, 57P05), one that has become a standby (25006), a lost connection (08xxx),
 * trouble outside the database (58xxx).
 * https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-connectivity
 */
const sqlStates: ReadonlySet<string> = new Set([
  ...['53000', '53100', '53200', '53300', '53400'],
  ...['57P01', '57P02', '57P03', '57P05', '25006'],
  ...['58000', '58030'],
  ...['08000', '08001', '08003', '08004', '08006'],
]);

/**
 * PgBouncer says nearly everything with 08P01, for a client that broke the protocol as well. These are its words for a server that is away or busy, for its own
 * shutdown, and for its limits (objects.c, client.c and janitor.c of 1.24).
 */
const poolerStates: ReadonlySet<string> = new Set(['08P01', '58000']);
const poolerWords =
  /server login has been failing|server conn(?:ection)? (?:crashed|closed)|server DNS lookup failed|cannot connect to server|server_connect_timeout|query_wait_timeout|client_login_timeout|shutting down|client connections exceeded|max_client_conn/i;

const codes: ReadonlySet<string> = new Set([
  // Node.js
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  // This library
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'SERVER_SILENT', 'SESSION_ATTRS_NOT_MET'],
  // postgres.js has CONNECT_TIMEOUT and CONNECTION_CLOSED, too. Prisma: server not reached, timed out, gone; pool full.
  ...['P1001', 'P1002', 'P1017', 'P2024', 'P2037'],
]);

/** Whatever else the chain says: somebody wanted to stop, or nobody knows what the server did. */
const finalCodes: ReadonlySet<string> = new Set(['ABORTED', 'ABORT_ERR', 'OUTCOME_UNKNOWN']);
const unknownOutcome = '08007';
const commit = /^\s*(?:commit|end|prepare\s+transaction)\b/i;
/** What pg says without any code. */
const lost =
  /^(?:Connection terminated(?: unexpectedly| due to connection timeout)?|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error and is not queryable)$/;

/**
 * Whether trying again can help: the failure is transient (a restart, a failover, too many clients, a lost network).
 * Looks at codes and SQLSTATEs through `cause` and the wrappers of ORMs, and at no class, so that copies of a package do not matter.
 *
 * False for an unknown outcome (08007, or a connection lost during COMMIT): the work may have been done. And true does not mean that
 * SQL may be repeated blindly: connect again, and repeat only what is a whole transaction that you know not to have been committed.
 */
export function isRetryable(error: unknown): boolean {
  const links = errorLinks(error);
  return !links.some(isFinal) && links.some(isTransient);
}

function isFinal(link: ErrorLink): boolean {
  return (
    link.sqlState === unknownOutcome ||
    (link.code !== undefined && finalCodes.has(link.code)) ||
    link.name === 'AbortError' ||
    (link.statement !== undefined && commit.test(link.statement))
  );
}

function isTransient({ sqlState, code, status, stage, message }: ErrorLink): boolean {
  if (sqlState !== undefined) {
    return sqlStates.has(sqlState) || (poolerStates.has(sqlState) && poolerWords.test(message));
  }
  if (code !== undefined && codes.has(code)) return true;
  if (code === undefined && lost.test(message)) return true;
  // The identity service or Key Vault is busy or broken.
  return stage !== 'connection' && status !== undefined && (status === 429 || status >= 500);
}
