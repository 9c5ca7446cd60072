import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The drivers and ORMs that an adapter is for, and the adapters that it stands on. */
const own = {
  pg: ['pg', 'pg-cursor'],
  postgresjs: ['postgres'],
  kysely: ['kysely', 'pg-cursor', 'kysely-postgres-js', 'pg', '@azure-pg/pg', '@azure-pg/postgresjs'],
  drizzle: ['drizzle-orm', 'pg', 'postgres', '@azure-pg/pg', '@azure-pg/postgresjs'],
  prisma: ['@prisma/adapter-pg', 'pg', '@azure-pg/pg'],
};
// Nothing that could verify, encrypt or sign in: that is the core's.
const forAll = [
  '@azure-pg/core',
  '@azure-pg/core/adapter',
  'node:events',
  'node:fs',
  'node:net',
  'node:stream',
  'node:timers',
];

/** `a` of `a/b`, `@a/b` of `@a/b/c`, `node:a` of `node:a/b`. The core's doors are told apart: its tooling is for the command line. */
const packageOf = (specifier) =>
  /^(node:|@azure-pg\/core\/)/.test(specifier)
    ? specifier.replace(/^(node:[^/]+)\/.*/, '$1')
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

test.each(Object.entries(own))(
  'packages/%s imports the core, its driver, and nothing of TLS or tokens',
  (name, drivers) => {
    const files = globSync(`packages/${name}/src/**/*.ts`, { cwd: root });
    expect(files.length).toBeGreaterThan(0);
    const allowed = new Set([...forAll, ...drivers]);
    const others = files.flatMap((file) =>
      [
        ...readFileSync(`${root}${file}`, 'utf8').matchAll(
          /(?:^(?:import|export)\s[^'"]*?from\s|\bimport\(|\brequire\()['"]([^'"]+)['"]/gm,
        ),
      ]
        .map(([, specifier]) => specifier)
        .filter((specifier) => !specifier.startsWith('.') && !allowed.has(packageOf(specifier)))
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(others).toEqual([]);
  },
);
