import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Lines that are neither empty nor comment alone. */
function linesOfCode(file) {
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return text.split('\n').filter((line) => /\S/.test(line) && !/^\s*\/\//.test(line)).length;
}

// An adapter translates settings and plugs the core into a hook. What grows beyond that belongs to the core, to packages/pg, or, where a driver is at
// fault, to packages/mended-postgresjs or a folder driver-faults, which are not counted. (packages/pg holds what the adapters over it share, and has no such limit.)
test.each(['postgresjs', 'kysely', 'drizzle', 'prisma'])(
  'packages/%s has less than 250 lines of its own',
  (name) => {
    const all = globSync(`packages/${name}/src/**/*.ts`, { cwd: root });
    const files = all.filter((file) => !file.includes('/driver-faults/'));
    expect(files.length).toBeGreaterThan(0);
    const lines = files.reduce((sum, file) => sum + linesOfCode(`${root}${file}`), 0);
    expect(lines).toBeLessThan(250);
  },
);
