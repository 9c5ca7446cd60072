import { existsSync, readFileSync } from 'node:fs';
import tls from 'node:tls';
import { azureRoots } from '../azure/roots.ts';
import type { Endpoint, TlsSettings } from '../connection/connection.ts';
import { isPem, readPem } from './certificate-file.ts';
import { pemBlocks } from './pem-blocks.ts';

export interface Roots {
  /** PEM certificates. */
  readonly pem: readonly string[];
  /** Changes when what is trusted changes. */
  readonly stamp: string;
  /** Where they come from, for messages. */
  readonly description: string;
}

/**
 * Whom the settings trust. What is given (`sslrootcert`, `trust: 'azure'`) is trusted alone; nothing given: the roots of Node.js, of the
 * operating system and of Azure together, because Node.js' own `ca` option replaces its roots rather than adding to them.
 *
 * @throws AzurePgError `CERTIFICATE_FILE`
 */
export function rootsOf(settings: TlsSettings, cloud: Endpoint['cloud']): Roots {
  if (settings.trust === 'azure') return azureOnly(cloud);
  if (settings.rootCertificates.length === 0) return everywhere(cloud);
  const pem = new Set<string>();
  const stamps: string[] = [];
  const descriptions: string[] = [];
  for (const value of settings.rootCertificates) {
    if (value === 'system') {
      for (const root of systemRoots()) pem.add(root);
      stamps.push('system');
      descriptions.push("the operating system's roots");
      continue;
    }
    const source = readPem('sslrootcert', value, 'certificate', true);
    for (const root of source.pem) pem.add(root);
    stamps.push(source.stamp);
    descriptions.push(
      isPem(value) ? 'the roots given as text in sslrootcert' : `the roots in "${value}" (sslrootcert)`,
    );
  }
  return { pem: [...pem], stamp: stamps.join('\n'), description: descriptions.join(', ') };
}

function azureOnly(cloud: Endpoint['cloud']): Roots {
  return {
    pem: azureRoots(cloud).map(({ pem }) => pem),
    stamp: `azure ${cloud === 'china'}`,
    description: "Azure's roots alone (trust=azure)",
  };
}

const everything = new Map<boolean, Roots>();

function everywhere(cloud: Endpoint['cloud']): Roots {
  const china = cloud === 'china';
  let roots = everything.get(china);
  if (roots === undefined) {
    const pem = new Set(
      [...nodeRoots(), ...systemRoots(), ...azureRoots(cloud).map((root) => root.pem)].map(trimmed),
    );
    roots = {
      pem: [...pem],
      stamp: `default ${china}`,
      description: 'the roots of Node.js, the operating system and Azure',
    };
    everything.set(china, roots);
  }
  return roots;
}

/** Node.js' own, with those of NODE_EXTRA_CA_CERTS, which `tls.rootCertificates` leaves out. */
function nodeRoots(): readonly string[] {
  // From Node.js 22.15 and 23.10.
  if (typeof tls.getCACertificates === 'function') return tls.getCACertificates('default');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  return extra ? [...tls.rootCertificates, ...pemOf(extra)] : tls.rootCertificates;
}

// Where distributions keep their bundle: Debian, Red Hat, SUSE, Alpine and BSD. OpenSSL's own variable goes first.
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
let system: readonly string[] | undefined;

/** The operating system's roots; none where Node.js cannot read them. Read once: whoever installs a root restarts the program. */
export function systemRoots(): readonly string[] {
  system ??= readSystemRoots();
  return system;
}

function readSystemRoots(): readonly string[] {
  if (process.platform !== 'win32' && process.platform !== 'darwin') {
    // Ten times as fast as getCACertificates('system'), which also parses every certificate.
    const file = [process.env.SSL_CERT_FILE, ...bundles].find((path) => path && existsSync(path));
    const found = file === undefined ? [] : pemOf(file);
    if (found.length > 0) return found;
  }
  return typeof tls.getCACertificates === 'function' ? tls.getCACertificates('system').map(trimmed) : [];
}

function pemOf(file: string): string[] {
  try {
    return pemBlocks(readFileSync(file, 'latin1'), 'certificate');
  } catch {
    return [];
  }
}

const trimmed = (pem: string): string => pem.trim();
