import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Adapters stand on the core; the command line does as well, and has the core's tooling besides. */
const adapters = globSync('packages/*/package.json', { cwd: root })
  .map((file) => ({
    folder: file.replace(/\/package\.json$/, ''),
    ...JSON.parse(readFileSync(root + file, 'utf8')),
  }))
  .filter(({ name, dependencies }) => dependencies?.['@azure-pg/core'] && name !== '@azure-pg/cli');

// Nothing that could verify, encrypt or sign in: that is the core's.
const forAll = ['@azure-pg/core/adapter', 'node:events', 'node:fs', 'node:net', 'node:stream', 'node:timers'];
const ofCore = /^@azure\//;

/** `a` of `a/b`, `@a/b` of `@a/b/c`, `node:a` of `node:a/b`. The core's entry points are told apart. */
const packageOf = (specifier) =>
  specifier.startsWith('@azure-pg/core/')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

test('there are adapters', () => {
  expect(adapters.length).toBeGreaterThan(4);
});

test.each(adapters)(
  '$name imports the core, its driver, and nothing of TLS or tokens',
  ({ folder, dependencies, peerDependencies }) => {
    const files = globSync(`${folder}/src/**/*.ts`, { cwd: root });
    expect(files.length).toBeGreaterThan(0);
    const own = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !ofCore.test(name));
    const allowed = new Set([...forAll, ...own]);
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
