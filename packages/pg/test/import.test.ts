import { expect, it } from 'vitest';
import { runProgram } from './support/run-program.ts';

it("importing the package and making a pool loads nothing of Azure's, and starts nothing", async () => {
  const { output, errors, code } = await runProgram('import-only.ts', {});
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const [loaded, active] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(loaded).toEqual(['pg']);
  expect(active).toEqual([]);
});
