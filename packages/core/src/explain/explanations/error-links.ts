/** One error of a chain, reduced to what can be compared. */
export interface ErrorLink {
  readonly name: string;
  readonly message: string;
  /** ECONNREFUSED, CERT_HAS_EXPIRED, SERVER_REFUSED, P1001, …: whatever is in `code`, unless it is a SQLSTATE. */
  readonly code: string | undefined;
  /** The SQLSTATE, where a server said this. */
  readonly sqlState: string | undefined;
  /** HTTP status, where a service answered over HTTP. */
  readonly status: number | undefined;
  /** The SQL that failed, where the driver or ORM says it. */
  readonly statement: string | undefined;
  /** What was being done: a network error while a token is fetched says nothing about the database server. */
  readonly stage: Stage;
}

export type Stage = 'connection' | 'token' | 'secret';

/**
 * Where drivers, ORMs, Node.js and this library keep the error that an error came from: `cause` (everyone), `errors` (AggregateError),
 * `serverError` (this library), `meta.driverAdapterError` (Prisma), `driverError` (TypeORM), `original` and `parent` (Sequelize).
 */
const inner = [
  'cause',
  'errors',
  'serverError',
  'meta',
  'driverAdapterError',
  'driverError',
  'original',
  'parent',
] as const;

/** More than this is not a chain but a graph of something else. */
const longestChain = 50;

const sqlStatePattern = /^[0-9A-Z]{5}$/;
/** @azure/identity's own names. Its "AuthenticationError" is a name that others use, too: it counts with its response alone. */
const tokenErrors: ReadonlySet<string> = new Set([
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
]);

/** An error and everything it came from, outermost first. Anything may be given; getters that throw count as absent. */
export function errorLinks(error: unknown): ErrorLink[] {
  const links: ErrorLink[] = [];
  const seen = new Set<object>();
  const queue: { value: unknown; stage: Stage }[] = [{ value: error, stage: 'connection' }];
  for (let next = queue.shift(); next !== undefined && seen.size < longestChain; next = queue.shift()) {
    const { value } = next;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const link = readLink(value, next.stage);
    links.push(link);
    for (const name of inner) {
      const found = property(value, name);
      for (const one of Array.isArray(found) ? found : [found]) queue.push({ value: one, stage: link.stage });
    }
  }
  return links;
}

function readLink(value: object, outer: Stage): ErrorLink {
  // Prisma's driver adapters reduce a server's error to these two and a kind.
  const originalCode = text(value, 'originalCode');
  const code = originalCode ?? text(value, 'code');
  const name = text(value, 'name') ?? '';
  const fromServer =
    code !== undefined &&
    sqlStatePattern.test(code) &&
    // PgBouncer sends no untranslated severity, and postgres.js then names only the other.
    (originalCode !== undefined ||
      text(value, 'severity') !== undefined ||
      text(value, 'severity_local') !== undefined);
  const status = property(value, 'statusCode');
  return {
    name,
    message: text(value, 'originalMessage') ?? text(value, 'message') ?? text(value, 'reason') ?? '',
    code: fromServer ? undefined : (code ?? prismaCode(value)),
    sqlState: fromServer ? code : undefined,
    status: typeof status === 'number' ? status : undefined,
    statement: text(value, 'query') ?? text(value, 'sql'),
    stage: stageOf(outer, code, name, value),
  };
}

/** Prisma's kinds of errors that come from no server, under the codes that they came from. */
function prismaCode(value: object): string | undefined {
  const kind = text(value, 'kind');
  if (kind === 'ConnectionClosed') return 'ECONNRESET';
  if (kind === 'SocketTimeout') return 'ETIMEDOUT';
  return kind ?? text(value, 'errorCode');
}

function stageOf(outer: Stage, code: string | undefined, name: string, value: object): Stage {
  if (outer !== 'connection') return outer;
  if (code === 'TOKEN_UNAVAILABLE' || tokenErrors.has(name)) return 'token';
  if (name === 'AuthenticationError' && 'errorResponse' in value) return 'token';
  return code === 'KEY_VAULT' ? 'secret' : 'connection';
}

function text(value: object, name: string): string | undefined {
  const found = property(value, name);
  return typeof found === 'string' ? found : undefined;
}

function property(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
