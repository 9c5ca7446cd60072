import { pathToFileURL } from 'node:url';
import { plainEnvironment, run } from '../run.ts';
import type { Suite } from './suites.ts';

/** What came of a file of a suite. */
export interface Outcome {
  readonly code: number | null;
  /** The tests that passed, by what the suite prints of them. */
  readonly passed: readonly string[];
  readonly output: string;
}

/** Runs a file of a suite in a process of its own, with a module imported before it. */
export async function outcomeOf(
  suite: Suite,
  folder: string,
  file: string,
  preload: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const options = preload === undefined ? {} : { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` };
  const env = plainEnvironment({ ...environment, ...options });
  const { code, output } = await run(process.execPath, [...suite.args, file], {
    cwd: folder,
    env,
    timeout: 60_000,
  });
  return { code, passed: passedIn(output), output };
}

export const isSame = (one: Outcome, other: Outcome): boolean =>
  one.code === other.code && JSON.stringify(one.passed) === JSON.stringify(other.passed);

/** The lines with a tick, without how long it took; which of them come first is not the same each time. */
const passedIn = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => /[✔✓]/.test(line))
    .map((line) => line.replace(/\(\d+(\.\d+)?ms\)/, '').trim())
    .sort();
