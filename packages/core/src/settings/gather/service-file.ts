import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { isSettingName, type SettingName } from '../table/settings.ts';
import type { Layers } from './layers.ts';
import { variable } from './read-environment.ts';
import { userFolder } from './user-folder.ts';

const docs = 'https://www.postgresql.org/docs/18/libpq-pgservice.html';

/** Where Debian's libpq looks for the system's file; PGSYSCONFDIR names another folder. */
const systemFolder = '/etc/postgresql-common';

/**
 * libpq's parseServiceInfo: where a service is named (`service` or PGSERVICE), its settings come from PGSERVICEFILE or the file in the
 * user's folder, and where that has no such service from the system's file. A file that is named must be there.
 */
export function addServiceFile(env: NodeJS.ProcessEnv, layers: Layers): void {
  const service = layers.get('service')?.value || variable(env, 'PGSERVICE');
  if (service === undefined) return;
  const named = layers.value('servicefile') ?? variable(env, 'PGSERVICEFILE');
  const folder = userFolder(env);
  const own = folder === undefined ? undefined : join(folder, '.pg_service.conf');
  const files: string[] = [];
  if (named !== undefined) files.push(named);
  else if (own !== undefined && existsSync(own)) files.push(own);
  const system = join(variable(env, 'PGSYSCONFDIR') ?? systemFolder, 'pg_service.conf');
  if (existsSync(system)) files.push(system);
  for (const file of files) {
    const settings = readService(file, service);
    if (settings === undefined) continue;
    for (const [name, value] of settings) {
      layers.add(name, value, 'service file', `the service file ${file}`, { inText: true });
    }
    return;
  }
  throw new AzurePgError(
    'INVALID_SETTING',
    `Invalid service: no such service in ${files.join(' or ') || 'any service file'}`,
    {
      hint: 'PGSERVICEFILE names the file; a service begins with [name] on a line of its own.',
      docs,
    },
  );
}

function readService(file: string, service: string): [SettingName, string][] | undefined {
  let text: string;
  try {
    // A device may never end, and a pipe never begin.
    if (!statSync(file).isFile()) throw new Error('It is not a plain file');
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AzurePgError('INVALID_SETTING', `The service file ${file} cannot be read`, { cause, docs });
  }
  return parseService(text, file, service);
}

/** The settings of one service; undefined if the file does not have it. The first of two equal names counts. */
export function parseService(
  text: string,
  file: string,
  service: string,
): [SettingName, string][] | undefined {
  let settings: Map<SettingName, string> | undefined;
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] as string).trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (settings !== undefined) break;
      if (line.startsWith(`[${service}]`)) settings = new Map();
      continue;
    }
    if (settings === undefined) continue;
    const problem = (what: string): AzurePgError =>
      new AzurePgError('INVALID_SETTING', `Invalid service file ${file}, line ${index + 1}: ${what}`, {
        docs,
      });
    if (line.startsWith('ldap')) throw problem('looking a service up with LDAP is not supported');
    const equals = line.indexOf('=');
    if (equals < 0) throw problem('there is no "="');
    const name = line.slice(0, equals);
    if (name === 'service' || name === 'servicefile')
      throw problem(`"${name}" cannot stand in a service file`);
    if (!isSettingName(name)) throw problem('unknown setting; no blank may stand before "="');
    if (!settings.has(name)) settings.set(name, line.slice(equals + 1));
  }
  return settings === undefined ? undefined : [...settings];
}
