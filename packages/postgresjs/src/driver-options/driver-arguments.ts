import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from '@azure-pg/core';
import { hostOfSocketPath, settingsOfSsl, splitOptions, takeParameters } from '@azure-pg/core/adapter';
import { type NormalizedOptions, normalizeOptions } from './normalize-options.ts';
import { ownOptions, urlOptions, urlOptionValue, whereOptions } from './option-names.ts';

const driverOptions = new Set([...ownOptions, ...whereOptions]);
const urlNames = new Set(['ssl', ...urlOptions]);
/** Startup parameters that are settings of libpq's as well. */
const startupSettings = new Set(['application_name', 'client_encoding', 'options', 'replication']);

/** The user's own `socket` hook, which is given the driver's options. */
export type Transport = (options: {
  readonly host: string[];
  readonly port: number[];
}) => Duplex | Promise<Duplex>;

/** postgres.js's two arguments, separated. */
export interface PostgresArguments extends Omit<NormalizedOptions, 'told'> {
  /** For `resolveConnection`. */
  readonly connection: ConnectionOptions;
  /** For the driver. */
  readonly driver: Readonly<Record<string, unknown>>;
  /** Startup parameters that only the driver's `connection` option can give: TimeZone, statement_timeout, … */
  readonly startup: Readonly<Record<string, string>>;
  readonly transport: Transport | undefined;
}

/**
 * Separates the driver's options from those of the connection.
 *
 * @throws AzurePgError `INVALID_SETTING` for an unknown option, one that cannot be obeyed, and contradictions.
 */
export function splitArguments(url: string | undefined, options: object): PostgresArguments {
  const { text, ssl: urlSsl, ...inUrl } = takeFromUrl(url);
  const { told, ...others } = normalizeOptions(options);
  const { connection, driver } = splitOptions(told, driverOptions);
  const { connection: startupOption, path, ssl, socket, ...rest } = driver;
  const connectionString = connection.connectionString ?? text;
  const settings: Record<string, unknown> = {
    ...connection,
    ...(path === undefined ? {} : hostOfSocketPath(String(path))),
    ...settingsOfSsl(ssl ?? urlSsl, { ...connection, connectionString }),
    connectionString,
  };
  const startup: Record<string, string> = {};
  for (const [name, value] of Object.entries((startupOption ?? {}) as Record<string, unknown>)) {
    if (!value) continue; // The driver does not send what is false.
    if (startupSettings.has(name)) settings[name] ??= String(value);
    else startup[name] = String(value);
  }
  // null says "never" to the driver's timers.
  const never = Object.entries(options).filter(([name, value]) => value === null && ownOptions.has(name));
  const own = { ...inUrl, ...rest, ...Object.fromEntries(never) };
  return {
    ...others,
    connection: settings,
    driver: own,
    startup,
    transport: socket as Transport | undefined,
  };
}

/** postgres.js reads its own options from a URL's query: `?max=5&ssl=require`. The core would refuse them. */
function takeFromUrl(url: string | undefined): { text?: string; [option: string]: unknown } {
  if (url === undefined) return {};
  const { text, parameters } = takeParameters(url, (name) => urlNames.has(name));
  const read = Object.entries(parameters).map(([name, value]) => [name, urlOptionValue(value)]);
  return { ...Object.fromEntries(read), text };
}
