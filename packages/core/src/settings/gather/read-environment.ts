import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { type SettingName, settingVariables } from '../table/settings.ts';
import { withoutWhiteSpace } from './white-space.ts';

/** As App Service names the connection strings of its own settings, and .NET (Aspire with it) those of any program. */
const connectionStringName = /^(?:(?:POSTGRESQL|CUSTOM|SQLAZURE|SQL|MYSQL)CONNSTR_|ConnectionStrings__)./i;

/** Service Connector's name for a variable. */
export function connectorVariable(suffix: string): string {
  return `AZURE_POSTGRESQL_${suffix}`;
}

/** Service Connector's variables for Node.js, and NAME for Django, and the settings they give. */
export const connectorSettings: readonly (readonly [suffix: string, SettingName])[] = [
  ['HOST', 'host'],
  ['PORT', 'port'],
  ['NAME', 'dbname'],
  ['DATABASE', 'dbname'],
  ['USER', 'user'],
  ['PASSWORD', 'password'],
  ['CLIENTID', 'client_id'],
  ['TENANTID', 'tenant_id'],
];

/** Every variable that says something, libpq's first; APPDATA and HOME say where its files are. */
const variableNames: readonly string[] = [
  ...settingVariables.map(([variable]) => variable),
  ...['PGSYSCONFDIR', 'PGREQUIRESSL', 'PGTZ', 'PGDATESTYLE', 'PGGEQO'],
  ...connectorSettings.map(([suffix]) => connectorVariable(suffix)),
  ...['SSL', 'CONNECTIONSTRING', 'CLIENTSECRET'].map(connectorVariable),
  ...['DATABASE_URL', 'AZURE_AUTHORITY_HOST', 'HOME', 'APPDATA'],
];

const settingOfVariable: ReadonlyMap<string, SettingName> = new Map([
  ...settingVariables,
  ...connectorSettings.map(([suffix, name]) => [connectorVariable(suffix), name] as const),
]);

/**
 * The only time that the environment is read: what counts in it, without empty ones. A connection keeps this copy, so that its twins
 * are resolved from the same values.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read: NodeJS.ProcessEnv = {};
  for (const name of [...variableNames, ...connectionStringNames(env)]) {
    const value = lookUp(env, name);
    if (value === undefined || value === '') continue;
    if (typeof value !== 'string') {
      throw new AzurePgError('INVALID_SETTING', `Invalid environment variable ${name}: it must be a string`);
    }
    const setting = settingOfVariable.get(name);
    const meant = setting === undefined ? value : withoutWhiteSpace(setting, value);
    if ((setting === undefined ? meant.trim() : meant) !== '') read[name] = meant;
  }
  return read;
}

/** The variables, of those that were read, that hold a connection string under a name of the user's. */
export function connectionStringNames(env: NodeJS.ProcessEnv): string[] {
  try {
    return Object.keys(env).filter((name) => connectionStringName.test(name));
  } catch {
    return [];
  }
}

function lookUp(env: NodeJS.ProcessEnv, name: string): unknown {
  try {
    return env[name];
  } catch (cause) {
    throw new AzurePgError('INVALID_SETTING', `The environment cannot be read (${name})`, { cause });
  }
}

/** A variable that is set and not empty. An empty one counts as not set: that is how containers "unset" one. */
export function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || undefined;
}
