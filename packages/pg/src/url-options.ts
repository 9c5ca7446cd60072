import { AzurePgError } from '@azure-pg/core';
import { takeParameters } from '@azure-pg/core/adapter';
import type { PoolConfig } from './options.ts';

/** What pg reads from a URL's query, and only its client knows. */
const names = new Set([
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
  'binary',
]);

/** pg's own words for `ssl` in a URL, as in its option. The others are libpq's. */
const sslWords: Readonly<Record<string, unknown>> = {
  0: false,
  1: true,
  false: false,
  'no-verify': 'no-verify',
};

/**
 * A config whose connection string is libpq's: what only pg takes there (its own options in the query, its spellings of a URL, "/folder
 * database") comes as options and in libpq's form. Options of the config itself win.
 */
export function withUrlOptions(config: PoolConfig): PoolConfig {
  const { connectionString, sslmode } = config as Omit<PoolConfig, 'sslmode'> & { sslmode?: string };
  if (sslmode === 'no-verify') {
    // pg-connection-string's `parse()` gives it beside the ssl that it means.
    return withUrlOptions({
      ssl: sslmode,
      ...config,
      password: config.password,
      sslmode: undefined,
    } as never);
  }
  if (typeof connectionString !== 'string') return config;
  const { text, options } = readConnectionString(connectionString);
  if (text === connectionString) return config;
  const told = Object.entries(options).filter(([name]) => config[name as keyof PoolConfig] === undefined);
  // The password of somebody's `pool.options` is hidden from spreading.
  return { ...config, password: config.password, ...Object.fromEntries(told), connectionString: text };
}

/** "socket:/folder?db=app&encoding=utf8": https://www.npmjs.com/package/pg-connection-string */
function readSocketUrl(given: string): Record<string, unknown> {
  const { pathname, searchParams, username, password } = new URL(given);
  const { db, encoding, ...others } = Object.fromEntries(searchParams);
  return {
    ...others,
    host: decodeURI(pathname),
    database: db,
    client_encoding: encoding,
    user: others.user || decodeURIComponent(username) || undefined,
    password: others.password || decodeURIComponent(password) || undefined,
  };
}

function readableSocketUrl(given: string): Record<string, unknown> {
  try {
    return readSocketUrl(given);
  } catch {
    // Node's error holds the text, in which there may be a password.
    throw new AzurePgError(
      'INVALID_CONNECTION_STRING',
      'Invalid connection string: it is no URL of a socket',
      {
        hint: 'Write socket:/folder?db=app, and "%" as %25.',
      },
    );
  }
}

function readConnectionString(given: string): { text: string | undefined; options: Record<string, unknown> } {
  if (given.startsWith('/')) {
    const [host, database] = given.split(' ');
    return { text: undefined, options: { host, database } };
  }
  if (/^\s*socket:/.test(given)) return { text: undefined, options: readableSocketUrl(given) };
  if (!/^\s*(?:postgres(?:ql)?|pg):\/\//.test(given)) return { text: given, options: {} };
  const uri = given.trim().replace(/^pg:/, 'postgres:').replaceAll(' ', '%20');
  const { text, parameters } = takeParameters(
    uri,
    (name, value) =>
      names.has(name) ||
      (name === 'ssl' && Object.hasOwn(sslWords, value)) ||
      (name === 'sslmode' && value === 'no-verify'),
  );
  const { ssl, sslmode, ...options } = parameters;
  const word = sslmode ?? ssl;
  return { text, options: word === undefined ? options : { ...options, ssl: sslWords[word] } };
}
