import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AzureConnection, AzurePgError } from '@azure-pg/core';
import { rootsGiven, rootsOf } from '@azure-pg/core/tooling';

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
  const own = ownFile(tls);
  if (own !== undefined) return { file: own, remove: nothing };
  // Without roots libpq's "require" does not verify, and with them it would.
  if (!tls.mode.startsWith('verify') && !rootsGiven(tls)) return { file: undefined, remove: nothing };
  const { pem } = rootsOf(tls, endpoint.cloud);
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-roots-'));
  const file = join(folder, 'roots.pem');
  writeFileSync(file, `${pem.map((one) => one.trim()).join('\n')}\n`, { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * The roots to trust as a URL can name them that is used after this process: the user's own file; undefined where none were given.
 *
 * @throws AzurePgError `INVALID_SETTING` where the roots that were given are not one file.
 */
export function lastingRootsFile({ tls }: AzureConnection): string | undefined {
  const own = ownFile(tls);
  if (own !== undefined || !rootsGiven(tls)) return own;
  const what =
    tls.trust === 'azure'
      ? 'Azure’s roots alone (trust=azure)'
      : 'the roots in sslrootcert, which are not one file';
  throw new AzurePgError('INVALID_SETTING', `A URL cannot name ${what}`, {
    hint: 'Write them to one file, and name that with sslrootcert; or let azure-pg exec start the program.',
  });
}

/** What sslrootcert names, where libpq can use it as it is. */
function ownFile({ trust, rootCertificates: [only, ...more] }: AzureConnection['tls']): string | undefined {
  if (trust === 'azure' || only === undefined || more.length > 0 || only.includes('-----BEGIN'))
    return undefined;
  if (only === 'system') return only;
  return statSync(only, { throwIfNoEntry: false })?.isDirectory() ? undefined : resolve(only);
}
