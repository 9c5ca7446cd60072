import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the machine gets Debian's packages from. */
export interface DebianMirror {
  /** As the machine's own sources say it; may hold credentials, so it is never printed. */
  readonly uri: string;
  /** `Signed-By` of the entry, when it is a file. */
  readonly keyring: string | undefined;
}

const releases = /^(oldoldstable|oldstable|stable|testing|sid|unstable|bullseye|bookworm|trixie|forky|duke)$/;

/** The Debian archive entries of a `.sources` file (deb822, sources.list(5)). */
export function parseDeb822Sources(text: string): DebianMirror[] {
  const mirrors: DebianMirror[] = [];
  for (const paragraph of text.split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of paragraph.split('\n')) {
      if (line.startsWith('#')) continue;
      if (/^[ \t]/.test(line)) {
        fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === -1) continue;
      last = line.slice(0, colon).trim().toLowerCase();
      fields.set(last, line.slice(colon + 1).trim());
    }
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb')) continue;
    if (/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? '')) continue;
    if (!words('suites').some((suite) => releases.test(suite))) continue;
    if (!words('components').includes('main')) continue;
    const keyring = fields.get('signed-by');
    for (const uri of words('uris')) {
      mirrors.push({ uri, keyring: keyring?.startsWith('/') ? keyring.split(/[\s,]+/)[0] : undefined });
    }
  }
  return mirrors;
}

/** The Debian archive entries of a `.list` file, one a line (sources.list(5)). */
export function parseSourceList(text: string): DebianMirror[] {
  const mirrors: DebianMirror[] = [];
  for (const line of text.split('\n')) {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (entry === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = entry;
    if (!releases.test(suite) || !components.trim().split(/\s+/).includes('main')) continue;
    mirrors.push({ uri, keyring: /(?:^|\s)signed-by=(\/[^\s,]+)/i.exec(options)?.[1] });
  }
  return mirrors;
}

const debianKeyring = (keyring: string | undefined): boolean => keyring?.includes('debian-archive') ?? false;

/** The machine's Debian mirrors, the surest first: entries that Debian's own keys sign, then those that look like Debian's. */
export async function debianMirrors(folder = '/etc/apt'): Promise<DebianMirror[]> {
  const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
  const mirrors = parseSourceList(await read(join(folder, 'sources.list')));
  const parts = join(folder, 'sources.list.d');
  for (const name of (await readdir(parts).catch(() => [])).sort()) {
    if (name.endsWith('.sources')) mirrors.push(...parseDeb822Sources(await read(join(parts, name))));
    else if (name.endsWith('.list')) mirrors.push(...parseSourceList(await read(join(parts, name))));
  }
  const rank = ({ uri, keyring }: DebianMirror): number =>
    debianKeyring(keyring)
      ? 0
      : keyring === undefined && /debian\/?$/.test(uri)
        ? 1
        : keyring === undefined
          ? 2
          : 3;
  const seen = new Set<string>();
  return mirrors
    .sort((a, b) => rank(a) - rank(b))
    .filter(({ uri }) => !/security/.test(uri) && !seen.has(uri) && seen.add(uri) && true)
    .filter((mirror) => rank(mirror) < 3);
}
