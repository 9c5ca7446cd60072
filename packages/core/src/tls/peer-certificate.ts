import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { unshowable } from '../notices/showable.ts';

/**
 * Whether a certificate is for this host, by libpq 18's rules (fe-secure-common.c, fe-secure-openssl.c): case does not count, a wildcard
 * stands for exactly one leftmost label, an IP address is looked for among the IP names, and the common name counts only where no
 * alternative name of the host's kind is there. OpenSSL does the comparing, which also refuses names with a zero byte.
 *
 * Beyond libpq: a dot at the end of the host's name is not part of it, an international name is compared in its ASCII form, and a
 * wildcard never stands for part of an IP address.
 */
export function certificateIsFor(certificate: X509Certificate, host: string): boolean {
  const names = certificate.subjectAltName ?? '';
  if (isIP(host) !== 0) {
    if (certificate.checkIP(host) !== undefined) return true;
    const subject = /(?:^|, )IP Address:/.test(names) ? 'never' : 'always';
    return certificate.checkHost(host, { subject, wildcards: false }) !== undefined;
  }
  const name = asciiName(host);
  // OpenSSL would take a leading dot for "any name below".
  if (name === '' || name.startsWith('.')) return false;
  return (
    certificate.checkHost(name, {
      subject: 'default',
      wildcards: true,
      partialWildcards: false,
      multiLabelWildcards: false,
      singleLabelSubdomains: false,
    }) !== undefined
  );
}

/** A host's name as in certificates and SNI: ASCII, without a dot at the end. */
export function asciiName(host: string): string {
  const name = /[^\0-\x7f]/.test(host) ? domainToASCII(host) : host;
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** The names that a certificate offers, for messages: at most ten, without what a terminal would obey. */
export function offeredNames(certificate: X509Certificate): string[] {
  const names = [
    ...(certificate.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g),
  ].map((match) => match[1] as string);
  if (names.length === 0) names.push(...(/^CN=(.*)$/m.exec(certificate.subject)?.slice(1) ?? []));
  const shown = names.slice(0, 10).map(printable);
  return names.length > 10 ? [...shown, `and ${names.length - 10} more`] : shown;
}

/** A distinguished name on one line. */
export function oneLine(name: string): string {
  return printable(name.trim().replaceAll('\n', ', '));
}

const printable = (text: string): string => text.replace(unshowable, '?').slice(0, 200);
