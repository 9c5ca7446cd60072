import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { isCutOff, type PemKind, pemBlocks } from './pem-blocks.ts';

/** What of `openssl` turns a DER file of the kind into PEM. */
const converters: Readonly<Record<PemKind, string>> = {
  certificate: 'x509',
  key: 'pkey',
  'revocation list': 'crl',
};

/** PEM text, and a stamp that changes when the files that it came from change. */
export interface PemSource {
  readonly pem: readonly string[];
  readonly stamp: string;
}

const cache = new Map<string, PemSource>();

/** A value is PEM itself rather than a path. */
export function isPem(value: string | undefined): boolean {
  return value?.includes('-----BEGIN ') ?? false;
}

/**
 * The PEM blocks of a setting: given inline, in a file, or (where `folders` allows) in all files of a folder. A file is read once and read
 * again when its size, time or inode changes.
 *
 * @throws AzurePgError `CERTIFICATE_FILE`, naming the file and the setting.
 */
export function readPem(setting: string, value: string, kind: PemKind, folders = false): PemSource {
  if (isPem(value)) return { pem: blocks(setting, 'the text given', value, kind), stamp: value };
  const stat = statOf(setting, value);
  if (stat.isDirectory()) {
    if (!folders) throw certificateFile(setting, value, 'is a folder, not a file');
    return readFolder(setting, value, kind);
  }
  // A device may never end, and a pipe never begin.
  if (!stat.isFile()) throw certificateFile(setting, value, 'is not a plain file');
  const source = readFile(setting, value, kind, stampOf(value, stat));
  if (kind === 'key') refuseOpenKey(setting, value, stat);
  return source;
}

function readFile(setting: string, file: string, kind: PemKind, stamp: string): PemSource {
  const key = `${kind}\0${file}`;
  const known = cache.get(key);
  if (known?.stamp === stamp) return known;
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    throw certificateFile(setting, file, reasonOf(cause), cause);
  }
  const fresh = { pem: blocks(setting, `"${file}"`, text, kind), stamp };
  cache.set(key, fresh);
  return fresh;
}

// Only a folder's files that hold such PEM count: a folder in OpenSSL's manner is full of links, another of README files.
function readFolder(setting: string, folder: string, kind: PemKind): PemSource {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (cause) {
    throw certificateFile(setting, folder, reasonOf(cause), cause);
  }
  const pem = new Set<string>();
  const stamps: string[] = [folder];
  for (const name of names) {
    const file = join(folder, name);
    try {
      const source = readPem(setting, file, kind);
      for (const block of source.pem) pem.add(block);
      stamps.push(source.stamp);
    } catch {
      // Not a certificate; counted below.
    }
  }
  if (pem.size === 0) throw certificateFile(setting, folder, `has no file with a PEM ${kind} in it`);
  return { pem: [...pem], stamp: stamps.join('\n') };
}

function statOf(setting: string, file: string): import('node:fs').Stats {
  try {
    return statSync(file);
  } catch (cause) {
    throw certificateFile(setting, file, reasonOf(cause), cause);
  }
}

/**
 * The rule of libpq (`initialize_SSL` in fe-secure-openssl.c): nobody else may read the key; root's may be read by its group, as files
 * mounted into containers are. Windows has no such modes.
 */
function refuseOpenKey(setting: string, file: string, stat: import('node:fs').Stats): void {
  if (process.platform === 'win32' || !stat.isFile()) return;
  if ((stat.mode & (stat.uid === 0 ? 0o037 : 0o077)) === 0) return;
  const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
  throw new AzurePgError(
    'CERTIFICATE_FILE',
    `"${file}" (from ${setting}) holds a private key that others on this machine may use (mode ${mode})`,
    {
      hint: 'Run chmod 600 on it; where root owns it, 640 will do (in Kubernetes: defaultMode: 0640 of the secret’s volume).',
    },
  );
}

function stampOf(file: string, stat: import('node:fs').Stats): string {
  return `${file}\0${stat.ino}\0${stat.size}\0${stat.mtimeMs}`;
}

function blocks(setting: string, where: string, text: string, kind: PemKind): string[] {
  const found = pemBlocks(text, kind);
  if (found.length > 0) {
    const whole = kind !== 'certificate' || found.every(isCertificate);
    // As with OpenSSL: what is missing at its end may be what was meant.
    if (whole && !isCutOff(text, kind)) return found;
    throw new AzurePgError('CERTIFICATE_FILE', `${where} (from ${setting}) contains a damaged ${kind}`, {
      hint: `Copy the file for ${setting} again; "openssl ${converters[kind]} -in FILE -noout -text" shows whether it is whole.`,
    });
  }
  const what = text.trim() === '' ? 'is empty' : `contains no PEM ${kind} ("-----BEGIN …")`;
  throw new AzurePgError('CERTIFICATE_FILE', `${where} (from ${setting}) ${what}`, {
    hint:
      setting === 'sslcert' && kind === 'key'
        ? 'Name the file of its key with sslkey, or put the key into the same file.'
        : `Give ${setting} a PEM file. To convert a DER file: openssl ${converters[kind]} -inform der -in FILE -out FILE.pem`,
  });
}

// Node.js skips without a word what it cannot read of its roots.
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function reasonOf(cause: unknown): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this process';
    case 'ENAMETOOLONG':
      return 'is neither PEM text nor the name of a file';
    default:
      return `cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`;
  }
}

function certificateFile(setting: string, file: string, problem: string, cause?: unknown): AzurePgError {
  // No file has such a name: it is rather what should be in the file, and may be a key.
  const what = /[^\\/]{256}/.test(file) ? 'The value' : `"${file}"`;
  return new AzurePgError('CERTIFICATE_FILE', `${what} (from ${setting}) ${problem}`, {
    hint: `Correct ${setting}, or leave it out to use the roots of Node.js, the operating system and Azure.`,
    cause,
  });
}
