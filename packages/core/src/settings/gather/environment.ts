import { settingVariables } from '../table/settings.ts';
import { addConnectionString } from './add-connection-string.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { type Layers, refuseUnspeakable } from './layers.ts';
import { readEnvironment, variable } from './read-environment.ts';
import { serviceConnector } from './service-connector.ts';
import { addServiceFile } from './service-file.ts';
import { refuseHalfEmptyAuthority } from './suspicious-uri.ts';

/** The settings that name a place. Where a stronger layer has one, DATABASE_URL and Service Connector's variables yield. */
const places = ['host', 'hostaddr', 'service'] as const;

const namesPlace = (env: NodeJS.ProcessEnv): boolean =>
  ['PGHOST', 'PGHOSTADDR', 'PGSERVICE'].some((name) => variable(env, name) !== undefined);

/**
 * DATABASE_URL, if it decides where a connection with these options goes. For callers that must remove parameters that only they
 * understand, before it is read.
 */
export function speakingDatabaseUrl(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const named = options.connectionString !== undefined || places.some((name) => options[name]);
  const read = readEnvironment(env);
  if (named || namesPlace(read) || serviceConnector(read) !== undefined) return undefined;
  return variable(read, 'DATABASE_URL');
}

/**
 * The environment's layer: DATABASE_URL or Service Connector's AZURE_POSTGRESQL_* where nothing else names a place, and libpq's
 * variables. Where two of them say the same, the one that names the place wins, as with a URL given to psql.
 *
 * @returns the client secret that Service Connector gave.
 */
export function addEnvironment(env: NodeJS.ProcessEnv, layers: Layers, hasText: boolean): string | undefined {
  const named = hasText || places.some((name) => layers.has(name)) || namesPlace(env);
  let clientSecret: string | undefined;
  // The same server named twice: the identity that Service Connector chose for it holds. Otherwise its variables are not even read,
  // so that errors in them do no harm.
  const same = sameHost(env.AZURE_POSTGRESQL_HOST, layers.value('host') ?? env.PGHOST);
  const connector = named && !same ? undefined : serviceConnector(env);
  if (connector !== undefined) {
    clientSecret = connector.clientSecret;
    for (const { name, value, from, inText } of connector.settings) {
      layers.add(name, value, 'environment', from, { inText });
    }
  } else if (!named) {
    const url = variable(env, 'DATABASE_URL');
    if (url !== undefined) addDatabaseUrl(layers, url, env);
  }
  for (const [name, setting] of settingVariables) {
    const value = variable(env, name);
    if (value !== undefined) layers.add(setting, value, 'environment', `the environment variable ${name}`);
  }
  // libpq: a deprecated variable that counts only if it is "1".
  if (env.PGREQUIRESSL?.startsWith('1')) {
    layers.add('sslmode', 'require', 'environment', 'the environment variable PGREQUIRESSL');
  }
  return clientSecret;
}

const sameHost = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && one.toLowerCase() === other?.toLowerCase();

function addDatabaseUrl(layers: Layers, text: string, env: NodeJS.ProcessEnv): void {
  const from = 'the environment variable DATABASE_URL';
  addConnectionString(text, layers, 'environment', from);
  // Only now is it known which service the URL names.
  addServiceFile(env, layers);
  refuseHalfEmptyAuthority(text, from, layers, env);
}

/**
 * PGTZ, PGDATESTYLE and PGGEQO, which libpq sends as startup parameters. Here they become server options, which come first so
 * that the user's own win.
 */
export function environmentServerOptions(env: NodeJS.ProcessEnv): string | undefined {
  const escapeBlanks = (value: string): string => value.replace(/[\\\s]/g, '\\$&');
  const options = [
    ['PGDATESTYLE', 'datestyle'],
    ['PGTZ', 'timezone'],
    ['PGGEQO', 'geqo'],
  ].flatMap(([name, parameter]) => {
    const value = variable(env, name as string);
    if (value !== undefined) refuseUnspeakable('options', value, `the environment variable ${name}`);
    return value === undefined || value.toLowerCase() === 'default'
      ? []
      : [`-c ${parameter}=${escapeBlanks(value)}`];
  });
  return options.length === 0 ? undefined : options.join(' ');
}
