import { isOwnTimeout } from './connect-timeout.ts';
import { emptyIsNone } from './option-names.ts';

/** What was said in the driver's options. */
export interface NormalizedOptions {
  /** Each under one name, libpq's where it has one. */
  readonly told: Readonly<Record<string, unknown>>;
  /** A `connect_timeout` that is not one of libpq's whole numbers. */
  readonly connectTimeout: unknown;
  /** Of what could not be made a text. */
  readonly unreadable: { readonly reason: unknown } | undefined;
}

/** The driver takes ports with the hosts ("a:1,b:2"); a host without one has that of the option. */
function hostsAndPorts(host: unknown, port: unknown): { host: unknown; port?: unknown } {
  if (typeof host !== 'string' || Array.isArray(port)) return { host };
  const pairs = host.split(',').map((each) => /^([^:/@[\]]+):(\d+)$/.exec(each) ?? [each, each, undefined]);
  if (pairs.every(([, , own]) => own === undefined)) return { host };
  return { host: pairs.map(([, name]) => name), port: pairs.map(([, , own]) => own ?? port ?? 5432) };
}

/**
 * The driver's options without its aliases, as it prefers them.
 *
 * The driver makes texts of `user` and `database` when it connects, and rejects those who wait then with what was thrown.
 */
export function normalizeOptions(options: object): NormalizedOptions {
  const given = Object.entries(options).filter(([name, value]) => value !== '' || !emptyIsNone.has(name));
  const { hostname, username, pass, db, connect_timeout, ...rest } = Object.fromEntries(given);
  const told: Record<string, unknown> = { ...rest };
  Object.assign(told, hostsAndPorts(hostname ?? rest.host, rest.port));
  told.user ??= username;
  told.password = pass ?? rest.password;
  if (told.dbname === undefined) told.database ??= db;
  let unreadable: NormalizedOptions['unreadable'];
  for (const name of ['user', 'database']) {
    if (typeof told[name] !== 'object' || told[name] === null) continue;
    try {
      told[name] = String(told[name]);
    } catch (reason) {
      told[name] = undefined;
      unreadable ??= { reason };
    }
  }
  if (isOwnTimeout(connect_timeout)) return { told, connectTimeout: connect_timeout, unreadable };
  return { told: { ...told, connect_timeout }, connectTimeout: undefined, unreadable };
}
