import {
  AzurePgError,
  type ConnectionOptions,
  cancelQuery,
  detectPooling,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import { Client } from '@azure-pg/pg';

/** Where the server is: URLs with everything but the credential, which the environment has. */
export interface Place {
  readonly direct: string;
  readonly pooled: string;
}

/** Something that the emulator, or a default of the library, takes for granted, because Microsoft documents it nowhere. */
export interface Question {
  readonly id: string;
  readonly asks: string;
  /** One line, the same each time. */
  answer(place: Place): Promise<string>;
}

const neverAgain = { connect_retry_timeout: 0, connect_timeout: 20 } as const;

/** "yes", or how it failed, in the server's words where it said any. */
async function signsIn(url: string, options: ConnectionOptions = {}): Promise<string> {
  try {
    const opened = await openConnection(resolveConnection(url, { ...neverAgain, ...options }));
    opened.socket.destroy();
    return 'yes';
  } catch (error) {
    return told(error);
  }
}

/** The kind of a failure; what the server says, without names and numbers that differ from server to server. */
function told(error: unknown): string {
  if (!(error instanceof AzurePgError)) return String((error as { code?: unknown }).code ?? error);
  const { code, serverError: said } = error;
  if (said === undefined) return code;
  const words = said.message.replaceAll(/"[^"]*"/g, '"…"').replaceAll(/\d{2,}[\d.:]*/g, '…');
  return `${said.severity} ${said.code}: ${words}`;
}

async function rowOf(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: url, ...neverAgain });
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}

async function cancels(url: string): Promise<string> {
  const client = new Client({ connectionString: url, ...neverAgain });
  await client.connect();
  try {
    const sleeping = client.query('select pg_sleep(20)').then(
      () => 'no',
      ({ code }) => `ends with ${code}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await cancelQuery((client as unknown as { connection: { stream: never } }).connection.stream);
    return await sleeping;
  } finally {
    await client.end();
  }
}

async function pooling(url: string): Promise<string> {
  const found = await detectPooling(resolveConnection(`${url}&pool_mode=detect`, neverAgain));
  const { poolMode, preparedStatements, maxPreparedStatements, evidence } = found;
  const most = maxPreparedStatements === undefined ? '' : ` (${maxPreparedStatements})`;
  return `${poolMode}, prepared statements: ${preparedStatements}${most}; ${evidence.join(', ')}`;
}

/** A token in form, of nobody's. */
async function forged(): Promise<string> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    aud: 'https://ossrdbms-aad.database.windows.net',
    exp: Math.ceil(Date.now() / 1000) + 3600,
  };
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${part({})}`;
}

/** Both routes, by what differs in the id. */
const onBoth = (
  id: string,
  asks: string,
  answer: (url: string) => Promise<string>,
): readonly [Question, Question] => [
  { id, asks, answer: ({ direct }) => answer(direct) },
  { id: `${id}-pooled`, asks: `${asks} (PgBouncer)`, answer: ({ pooled }) => answer(pooled) },
];

/** In the order in which they are asked. */
export const questions: readonly Question[] = [
  ...onBoth('cleartext', 'Is a token asked for as a password in cleartext?', (url) =>
    signsIn(url, { require_auth: 'password' }),
  ),
  ...onBoth('direct-tls', 'Is `sslnegotiation=direct` taken?', (url) =>
    signsIn(url, { sslnegotiation: 'direct' }),
  ),
  ...onBoth('token-at-once', 'Is `send_token=at_once` taken?', (url) =>
    signsIn(url, { send_token: 'at_once' }),
  ),
  ...onBoth('tls-1.3', 'Is TLS 1.3 spoken?', (url) => signsIn(url, { ssl_min_protocol_version: 'TLSv1.3' })),
  ...onBoth('forged-token', 'What does a token meet that nobody signed?', (url) =>
    signsIn(url, { tokenProvider: forged }),
  ),
  ...onBoth('unknown-role', 'What does a token meet whose role does not exist?', (url) =>
    signsIn(url, { user: 'nobody-of-this-name' }),
  ),
  ...onBoth('unknown-database', 'And one for a database that does not exist?', (url) =>
    signsIn(url, { dbname: 'nothing_of_this_name' }),
  ),
  ...onBoth('startup-parameter', 'Is a statement_timeout in the startup message taken?', (url) =>
    signsIn(url, { pool_mode: 'none', options: '-c statement_timeout=60000' }),
  ),
  ...onBoth('pooling', 'What does detection find, and by what?', pooling),
  ...onBoth('cancel', 'Is a query cancelled?', cancels),
  ...onBoth('pg_stat_ssl', 'Does the server know of the client’s TLS?', async (url) => {
    const { ssl } = await rowOf(url, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    return ssl === true ? 'yes' : 'no';
  }),
  {
    id: 'role-functions',
    asks: 'Which functions make roles for principals?',
    async answer({ direct }) {
      const { names } = await rowOf(
        direct,
        `select string_agg(distinct proname, ', ' order by proname) as names from pg_proc where proname like 'pgaadauth%'`,
      );
      return String(names);
    },
  },
];
