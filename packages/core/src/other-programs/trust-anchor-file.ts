import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AzureConnection } from '../connection/connection.ts';
import type { Transport } from '../tls/open-transport.ts';
import { rootsOf } from '../tls/roots.ts';

/**
 * The one root that a verified server's certificate leads to, as a file that only the user can write to and that is deleted with the process. For
 * programs that take a single certificate where the settings name many.
 *
 * @returns the file's path; undefined where none of the trusted roots issued anything of the chain.
 */
export function trustAnchorFile(
  { tls, endpoint }: AzureConnection,
  { certificate }: Pick<Transport, 'certificate'>,
): string | undefined {
  const roots = rootsOf(tls, endpoint.cloud).pem.map((pem) => new X509Certificate(pem));
  const root = anchorOf(certificate, roots);
  if (root === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-root-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'root.pem');
  writeFileSync(file, root.toString(), { mode: 0o600, flag: 'wx' });
  return file;
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
