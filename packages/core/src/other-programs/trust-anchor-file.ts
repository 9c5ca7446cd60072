import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AzureConnection, TlsSettings } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { isPem } from '../tls/certificate-file.ts';
import type { Transport } from '../tls/open-transport.ts';
import { rootsOf, systemRoots } from '../tls/roots.ts';

/** `process`: written by this one, and deleted with it. `lasting`: one that was there before. */
export type RootFileLifetime = 'process' | 'lasting';

/**
 * A file with the one root that a verified server's certificate leads to, for programs that take a single certificate where the settings name
 * many.
 *
 * @returns the file's path; undefined where none of the trusted roots issued anything of the chain, and where nothing is written and the
 * operating system trusts that root anyway.
 * @throws AzurePgError `INVALID_SETTING` where there is no lasting file.
 */
export function trustAnchorFile(
  { tls, endpoint }: AzureConnection,
  { certificate }: Pick<Transport, 'certificate'>,
  lifetime: RootFileLifetime,
): string | undefined {
  const roots = rootsOf(tls, endpoint.cloud).pem.map((pem) => new X509Certificate(pem));
  const root = anchorOf(certificate, roots);
  if (root === undefined) return undefined;
  return lifetime === 'lasting' ? lastingFile(root, roots, tls) : fileOfThisProcess(root);
}

/** A file that only the user can write to. */
function fileOfThisProcess(root: X509Certificate): string {
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-root-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'root.pem');
  writeFileSync(file, root.toString(), { mode: 0o600, flag: 'wx' });
  return file;
}

function lastingFile(
  root: X509Certificate,
  trusted: readonly X509Certificate[],
  { rootCertificates: [given, ...more] }: TlsSettings,
): string | undefined {
  const named = given !== undefined && given !== 'system' && more.length === 0 && !isPem(given);
  if (named && trusted.length === 1 && statSync(given).isFile()) return resolve(given);
  if (systemRoots().some((pem) => new X509Certificate(pem).fingerprint256 === root.fingerprint256)) return;
  const name = root.subject.split('\n').at(-1) ?? '';
  const hint = `Name a file that holds this one certificate with sslrootcert, or let "azure-pg exec" start the program.`;
  throw new AzurePgError(
    'INVALID_SETTING',
    `The program would need a file with the root certificate "${name}" alone, and there is none that lasts. ${hint}`,
    { hint },
  );
}

/** As OpenSSL looks for it: up the chain that the server sent, the first one that a trusted root issued. */
function anchorOf(
  certificate: X509Certificate | undefined,
  roots: readonly X509Certificate[],
): X509Certificate | undefined {
  for (
    let one = certificate, depth = 0;
    one !== undefined && depth < 10;
    one = one.issuerCertificate, depth++
  ) {
    const issued = one;
    const root = roots.find(
      (candidate) => issued.checkIssued(candidate) && issued.verify(candidate.publicKey),
    );
    if (root !== undefined) return root;
  }
  return undefined;
}
