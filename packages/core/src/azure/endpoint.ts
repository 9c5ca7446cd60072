import type { Endpoint } from '../connection/connection.ts';
import { type Cloud, clouds, cosmosScope, cosmosSuffix, horizonSuffix, publicCloud } from './clouds.ts';
import { isPooledPort } from './ports.ts';

interface HostFacts {
  readonly kind: Endpoint['kind'];
  readonly cloud: Cloud | undefined;
}

const other: HostFacts = { kind: 'other', cloud: undefined };

// Plain DNS labels only. Anything else (non-ASCII letters that a resolver would map, slashes, "@") is never Azure's.
// Before lower case: that makes a "k" of the Kelvin sign.
const dnsName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i;

/**
 * What a host name alone says. Upper and lower case and a trailing dot make no difference; a suffix counts only at a dot,
 * so that neither "xpostgres.database.azure.com" nor "….azure.com.example.org" passes. Private DNS may add labels.
 */
export function hostFacts(host: string): HostFacts {
  if (host.length > 254 || !dnsName.test(host)) return other;
  const name = host.toLowerCase();
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  if (bare.endsWith(cosmosSuffix)) return { kind: 'cosmos-cluster', cloud: publicCloud };
  if (bare.endsWith(horizonSuffix)) return { kind: 'horizondb', cloud: publicCloud };
  const cloud = clouds.find(({ suffix }) => bare.endsWith(suffix));
  return cloud === undefined ? other : { kind: 'flexible-server', cloud };
}

/** The host belongs to Azure, by its name. */
export function isAzureHost(host: string): boolean {
  return hostFacts(host).kind !== 'other';
}

/** What a host's name and port say about the server. */
export function endpointOf(host: string, port: number): Endpoint {
  const { kind, cloud } = hostFacts(host);
  return Object.freeze({ kind, cloud: cloud?.name, pooled: kind !== 'other' && isPooledPort(port) });
}

/** The scope of a token for this host; undefined where the name does not say. */
export function scopeOf(host: string): string | undefined {
  const { kind, cloud } = hostFacts(host);
  return kind === 'cosmos-cluster' ? cosmosScope : cloud?.scope;
}
