import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AzureConnection } from '@azure-pg/core';
import { rootsOf } from '@azure-pg/core/tooling';

/** A file of root certificates, and the way to remove it. */
export interface RootsFile {
  readonly file: string | undefined;
  remove(): void;
}

const nothing = (): void => {};

/**
 * What libpq needs as PGSSLROOTCERT: without a file it cannot verify. The user's own file is passed on; else the roots that this
 * library trusts are written to a file in a folder of its own. Root certificates are not secret.
 */
export function rootsFileFor({ tls, endpoint }: AzureConnection): RootsFile {
  const [only] = tls.rootCertificates;
  if (tls.trust !== 'azure' && tls.rootCertificates.length === 1 && only !== undefined && isOneFile(only)) {
    return { file: only, remove: nothing };
  }
  // Without roots libpq's "require" does not verify, and with them it would.
  const verifies = tls.mode.startsWith('verify') || tls.trust === 'azure' || tls.rootCertificates.length > 0;
  if (!verifies) return { file: undefined, remove: nothing };
  const { pem } = rootsOf(tls, endpoint.cloud);
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-roots-'));
  const file = join(folder, 'roots.pem');
  writeFileSync(file, `${pem.map((one) => one.trim()).join('\n')}\n`, { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const isOneFile = (value: string): boolean =>
  value === 'system' || (!value.includes('-----BEGIN') && !value.endsWith('/'));
