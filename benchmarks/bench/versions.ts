import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The drivers and libraries that are compared with, and their versions. */
export function versionsOf(): string {
  const compared = [
    'pg',
    'postgres',
    'kysely',
    'drizzle-orm',
    '@prisma/adapter-pg',
    '@azure/identity',
    '@azure/postgresql-auth',
  ];
  return `${compared.map((name) => `${name} ${versionOf(name)}`).join(', ')}.`;
}

function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >;
      if (manifest.name === name && manifest.version !== undefined) return manifest.version;
    } catch {}
    if (dirname(folder) === folder) throw new Error(`${name} has no package.json`);
    folder = dirname(folder);
  }
}
