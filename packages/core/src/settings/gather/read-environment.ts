import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { settingVariables } from '../table/settings.ts';

/** Every variable that says something, libpq's first; APPDATA and HOME say where its files are. */
const variableNames: readonly string[] = [
  ...settingVariables.map(([variable]) => variable),
  ...['PGSYSCONFDIR', 'PGREQUIRESSL', 'PGTZ', 'PGDATESTYLE', 'PGGEQO'],
  ...['HOST', 'PORT', 'DATABASE', 'NAME', 'USER', 'PASSWORD', 'SSL', 'CONNECTIONSTRING'].map(
    connectorVariable,
  ),
  ...['CLIENTID', 'CLIENTSECRET', 'TENANTID'].map(connectorVariable),
  ...['DATABASE_URL', 'AZURE_AUTHORITY_HOST', 'HOME', 'APPDATA'],
];

/** Service Connector's name for a variable. */
export function connectorVariable(suffix: string): string {
  return `AZURE_POSTGRESQL_${suffix}`;
}

/**
 * The only time that the environment is read: what counts in it, without empty ones. A connection keeps this copy, so that its twins
 * are resolved from the same values.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read: NodeJS.ProcessEnv = {};
  for (const name of variableNames) {
    const value = lookUp(env, name);
    if (value === undefined || value === '') continue;
    if (typeof value !== 'string') {
      throw new AzurePgError('INVALID_SETTING', `Invalid environment variable ${name}: it must be a string`);
    }
    read[name] = value;
  }
  return read;
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
