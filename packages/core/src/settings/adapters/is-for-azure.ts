import { isAzureHost } from '../../azure/endpoint.ts';
import { isTokenName } from '../../azure/token-host.ts';
import { settingOf } from '../gather/option-names.ts';
import { parseText } from '../parse/parse-text.ts';
import { theConnectionString } from '../parse/syntax-error.ts';

/** Where a program wants to connect, as its driver would read it. */
export interface Destination {
  /** The driver's options, in which those of ours may stand. */
  readonly options: object;
  readonly connectionString?: unknown;
  /** The host in the options. */
  readonly host?: unknown;
  /** Whether that wins over the one in the connection string. */
  readonly hostWins?: boolean;
  /** The host where neither of them names one: the driver's default, or the environment's. */
  readonly otherwise?: string | undefined;
}

/** Settings of ours that nobody else has. Others share their names with other libraries, or mean nothing alone. */
const tellingNames: readonly string[] = [
  'allowed_hosts',
  'azure_identity',
  'connect_retry_timeout',
  'direct_port',
  'managed_identity_resource_id',
  'management_scope',
  'max_prepared_statements',
  'pool_mode',
  'pooled_port',
  'session_features',
  'silence_check_after',
  'ssl_server_name',
];
const tellingValues: Readonly<Record<string, readonly string[]>> = {
  auth: ['entra', 'password', 'keyvault'],
  trust: ['azure'],
};

/**
 * Whether what a program gives its driver is for us: it leads to Azure, or to a host that AZURE_PG_ALLOWED_HOSTS names, or says so by a setting
 * of ours. Never throws: what cannot be read, and does not mention Azure, is the driver's.
 */
export function isForAzure(
  { options, connectionString, host, hostWins, otherwise }: Destination,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null && isTellingOption(name, value)) return true;
  }
  const text = typeof connectionString === 'string' ? read(connectionString) : undefined;
  if (text?.settings.some(([name, value]) => isTelling(name, value))) return true;
  const given = [[host].flat().filter(Boolean), text?.hosts ?? []];
  const hosts = (hostWins ? given : given.reverse()).find(({ length }) => length > 0) ?? [otherwise ?? ''];
  const all = hosts.flatMap((each) => (typeof each === 'string' ? each.split(',') : []));
  const allowedHosts = (env.AZURE_PG_ALLOWED_HOSTS ?? '').split(',').map((each) => each.trim());
  return all.some((each) => {
    // postgres.js takes "host:port"; a variable may end in a line break.
    const name = each.trim().replace(/:\d*$/, '');
    return name !== '' && isTokenName(name, { entra: { allowedHosts: allowedHosts.filter(Boolean) } });
  });
}

function isTellingOption(name: string, value: unknown): boolean {
  if (name === 'credential') return typeof (value as { getToken?: unknown }).getToken === 'function';
  if (name === 'tokenProvider') return typeof value === 'function';
  return isTelling(settingOf(name) ?? name, typeof value === 'string' ? value : '');
}

const isTelling = (name: string, value: string): boolean =>
  tellingNames.includes(name) ||
  (Object.hasOwn(tellingValues, name) && tellingValues[name]?.includes(value) === true);

interface Read {
  readonly hosts: readonly string[];
  readonly settings: readonly (readonly [string, string])[];
}

/** A connection string as a driver reads it, or as we do; where neither can, whatever in it could be a host or a setting. */
function read(text: string): Read {
  const [url, own] = [asUrl(text), asOurs(text)];
  const unreadable = url === undefined && (own === undefined || text.includes('://'));
  const found = [url, own, unreadable && !text.startsWith('/') ? guessed(text) : undefined];
  return {
    hosts: found.flatMap((each) => each?.hosts ?? []),
    settings: found.flatMap((each) => each?.settings ?? []),
  };
}

function asUrl(text: string): Read | undefined {
  try {
    const { hostname, searchParams } = new URL(text.trim().replaceAll(' ', '%20'));
    const host = searchParams.get('host') || decodeURIComponent(hostname);
    return { hosts: host === '' ? [] : [host], settings: [...searchParams] };
  } catch {
    return undefined;
  }
}

function asOurs(text: string): Read | undefined {
  try {
    const { host, ...settings } = parseText(text, theConnectionString);
    return { hosts: host === undefined ? [] : host.split(','), settings: Object.entries(settings) };
  } catch {
    return undefined;
  }
}

function guessed(text: string): Read {
  // From the beginning of a word alone: otherwise a long one takes quadratic time.
  const settings = [...text.matchAll(/\b(\w+)\s*=\s*'?([^\s'&]*)/g)];
  return {
    hosts: text.match(/[\w.-]+/g)?.filter(isAzureHost) ?? [],
    settings: settings.map(([, name = '', value = '']) => [name, value] as const),
  };
}
