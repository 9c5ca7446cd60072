import {
  AzurePgError,
  type ConnectionOptions,
  parseConnectionString,
  splitOptions,
  translateSslOption,
  warnOnce,
} from '@azure-pg/core';

/** What postgres.js keeps for itself; it takes these from a URL's query, too. */
const ownInUrl = [
  'max',
  'idle_timeout',
  'max_lifetime',
  'max_pipeline',
  'backoff',
  'keep_alive',
  'prepare',
  'debug',
  'fetch_types',
  'publications',
] as const;
const own: ReadonlySet<string> = new Set([
  ...ownInUrl,
  'types',
  'transform',
  'onnotice',
  'onnotify',
  'onparameter',
  'onclose',
  'timeout',
  'no_prepare',
]);
/** What says where and how to connect in words of its own; the core is told of it in libpq's. */
const translated = ['connection', 'hostname', 'username', 'pass', 'db', 'path', 'ssl', 'socket'] as const;
const driverOptions: ReadonlySet<string> = new Set([...own, ...translated]);
/** Startup parameters that are settings of libpq's as well. */
const startupSettings: ReadonlySet<string> = new Set([
  'application_name',
  'client_encoding',
  'options',
  'replication',
]);

/** postgres.js's two arguments, taken apart. */
export interface PostgresArguments {
  /** For `resolveConnection`. */
  readonly connection: ConnectionOptions;
  /** For the driver. */
  readonly driver: Readonly<Record<string, unknown>>;
  /** Startup parameters that only the driver's `connection` option can give: TimeZone, statement_timeout, … */
  readonly startup: Readonly<Record<string, string>>;
}

/**
 * Tells the driver's options from those of the connection.
 *
 * @throws AzurePgError `INVALID_SETTING` for an unknown option, one that cannot be obeyed, and contradictions.
 */
export function takeApart(url: string | undefined, options: object): PostgresArguments {
  const {
    text,
    parameters: { ssl: urlSsl, ...parameters },
  } = takeFromUrl(url);
  const { connection, driver } = splitOptions(withoutEmpty(options), driverOptions);
  const { connection: startupOption, hostname, username, pass, db, path, ssl, socket, ...rest } = driver;
  if (socket !== undefined) throw ownSocket();
  const settings: Record<string, unknown> = {
    ...connection,
    ...socketPath(path),
    ...modeOf(ssl ?? urlSsl, connection, text),
  };
  // The driver's aliases, with the one that it prefers first.
  settings.host = hostname ?? settings.host;
  settings.user ??= username;
  settings.password = pass ?? settings.password;
  if (settings.dbname === undefined) settings.database ??= db;
  settings.connectionString ??= text;
  const startup: Record<string, string> = {};
  for (const [name, value] of Object.entries((startupOption ?? {}) as Record<string, unknown>)) {
    if (!value) continue; // The driver does not send what is false.
    if (startupSettings.has(name)) settings[name] ??= String(value);
    else startup[name] = String(value);
  }
  // null says "never" to the driver's timers.
  const never = Object.entries(options).filter(([name, value]) => value === null && own.has(name));
  return { connection: settings, driver: { ...parameters, ...rest, ...Object.fromEntries(never) }, startup };
}

const where: ReadonlySet<string> = new Set(
  'host hostname port path database db user username password pass'.split(' '),
);

/** The driver looks further when one of these is empty: a variable of the environment that is not set. */
const withoutEmpty = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== '' || !where.has(name)));

/** postgres.js reads its own options from a URL's query: `?max=5&ssl=require`. The core would refuse them. */
function takeFromUrl(url: string | undefined): {
  text: string | undefined;
  parameters: Record<string, unknown>;
} {
  const parameters: Record<string, unknown> = {};
  const question = url !== undefined && /^\s*postgres(ql)?:\/\//.test(url) ? url.indexOf('?') : -1;
  if (url === undefined || question < 0) return { text: url, parameters };
  const kept = url
    .slice(question + 1)
    .split('&')
    .filter((pair) => {
      const [name = '', value = ''] = pair.split('=');
      if (name !== 'ssl' && !(ownInUrl as readonly string[]).includes(name)) return true;
      if (value === 'false' || value === 'disable') parameters[name] = false;
      else if (value === 'true') parameters[name] = true;
      else parameters[name] = /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
      return false;
    });
  return { text: url.slice(0, question) + (kept.length > 0 ? `?${kept.join('&')}` : ''), parameters };
}

function modeOf(ssl: unknown, connection: ConnectionOptions, text: string | undefined): ConnectionOptions {
  const string = connection.connectionString ?? text;
  const written =
    connection.sslmode ?? (string === undefined ? undefined : parseConnectionString(string).sslmode);
  const { settings, warning } = translateSslOption(ssl, written);
  if (warning !== undefined) warnOnce(connection.logger, 'ssl.rejectUnauthorized', warning);
  return settings;
}

function socketPath(path: unknown): ConnectionOptions {
  if (path === undefined) return {};
  const [, host, port] = /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(String(path)) ?? [];
  if (host !== undefined) return { host, port: Number(port) };
  throw new AzurePgError(
    'INVALID_SETTING',
    'Invalid option "path": it is not the path of a PostgreSQL socket',
    {
      hint: 'Write it as "/folder/.s.PGSQL.5432", or give the folder as host and the number as port.',
    },
  );
}

function ownSocket(): AzurePgError {
  return new AzurePgError('INVALID_SETTING', 'The option "socket" cannot be used', {
    hint: 'This library opens the socket itself, to verify the server before anything is sent. For a tunnel use host and hostaddr.',
  });
}
