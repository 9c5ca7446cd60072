import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { isForPostgres } from '../parse/parse-text.ts';
import { settingVariables } from '../table/settings.ts';
import { addConnectionString } from './add-connection-string.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { refuseHalfEmptyAuthority } from './half-empty-authority.ts';
import { type Layers, refuseUnspeakable } from './layers.ts';
import { connectionStringNames, readEnvironment, variable } from './read-environment.ts';
import { serviceConnector } from './service-connector.ts';
import { addServiceFile } from './service-file.ts';

/** The settings that name a place. Where a stronger layer has one, DATABASE_URL and Service Connector's variables yield. */
const places = ['host', 'hostaddr', 'service'] as const;

const namesPlace = (env: NodeJS.ProcessEnv): boolean =>
  ['PGHOST', 'PGHOSTADDR', 'PGSERVICE'].some((name) => variable(env, name) !== undefined);

/**
 * DATABASE_URL (or what App Service or .NET has in its place), if it decides where a connection with these options goes. For callers that must remove parameters that only they
 * understand, before it is read.
 */
export function speakingDatabaseUrl(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const named = options.connectionString !== undefined || places.some((name) => options[name]);
  const read = readEnvironment(env);
  if (named || namesPlace(read) || serviceConnector(read) !== undefined) return undefined;
  const name = connectionStringVariable(read);
  return name === undefined ? undefined : variable(read, name);
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
    const name = connectionStringVariable(env);
    if (name !== undefined) addVariable(name, layers, env);
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

/**
 * DATABASE_URL, otherwise the one variable of App Service or .NET that holds a connection string of PostgreSQL.
 *
 * @throws AzurePgError `INVALID_SETTING` where there are several: nobody said which database is meant.
 */
function connectionStringVariable(env: NodeJS.ProcessEnv): string | undefined {
  if (variable(env, 'DATABASE_URL') !== undefined) return 'DATABASE_URL';
  const [name, ...others] = connectionStringNames(env).filter(
    (one) => /^POSTGRESQLCONNSTR_/i.test(one) || isForPostgres(env[one] ?? ''),
  );
  if (others.length === 0) return name;
  throw new AzurePgError(
    'INVALID_SETTING',
    `Nothing says which connection string is meant: ${[name, ...others].join(', ')} are in the environment`,
    { hint: 'Give the program one of them, or set DATABASE_URL.' },
  );
}

function addVariable(name: string, layers: Layers, env: NodeJS.ProcessEnv): void {
  const text = variable(env, name) ?? '';
  const from = `the environment variable ${name}`;
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
