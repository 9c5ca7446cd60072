import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Transport } from '@azure-pg/core';

/**
 * The root that a verified server's certificate led to, as a PEM file that nobody else can write to and that goes with the process. Prisma's
 * engine takes one certificate from a file, so a bundle would not do. (quaint, `native/mod.rs`: `Certificate::from_pem`.)
 */
export function rootFile({ socket }: Transport): string | undefined {
  const root = rootOf((socket as TLSSocket).getPeerCertificate(true));
  if (root === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-prisma-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'root.pem');
  const lines = root.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  return file;
}

function rootOf(certificate: DetailedPeerCertificate): Buffer | undefined {
  let last = certificate;
  const seen = new Set<DetailedPeerCertificate>();
  while (last.issuerCertificate !== undefined && !seen.has(last)) {
    seen.add(last);
    last = last.issuerCertificate;
  }
  return last.raw;
}
