import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { plainEnvironment } from '../run.ts';
import type { Suite } from './suites.ts';

/** What came of a file of a suite. */
export interface Outcome {
  readonly code: number | null;
  /** The tests that passed, by what the suite prints of them. */
  readonly passed: readonly string[];
  /** Node.js's warnings, of which a program sees the same under `register`, too. */
  readonly warnings: readonly string[];
  readonly output: string;
}

/** Milliseconds for one file. */
const timeout = 60_000;

/** Runs a file of a suite in a process of its own, with a module imported before it. */
export function outcomeOf(
  suite: Suite,
  folder: string,
  file: string,
  preload: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const options = preload === undefined ? {} : { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` };
  const env = plainEnvironment({ ...environment, ...options });
  const said = { stdout: '', stderr: '' };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...suite.args, file], {
      ...{ cwd: folder, env, timeout, killSignal: 'SIGKILL' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    }
    child.on('close', (code) => {
      const passed = linesOf(said.stdout, /[✔✓]/).sort();
      const warnings = linesOf(said.stderr, /^\(node:\d+\)/);
      resolve({ code, passed, warnings, output: said.stdout + said.stderr });
    });
  });
}

/** Whether everything is the same, warnings included. Which test ends first is not. */
export const isSame = (bare: Outcome, other: Outcome): boolean =>
  bare.code === other.code &&
  bare.passed.join('\n') === other.passed.join('\n') &&
  bare.warnings.join('\n') === other.warnings.join('\n');

/** Whether all passes that passed. Some tests are of a pg that is not out yet, and pass here already. */
export const passesToo = (bare: Outcome, other: Outcome): boolean =>
  (other.code === 0 || bare.code !== 0) && bare.passed.every((test) => other.passed.includes(test));

/** Without what is never the same: how long it took, and the process's number. */
const linesOf = (text: string, wanted: RegExp): string[] =>
  text
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => line.replace(/\(\d+(\.\d+)?ms\)|\(node:\d+\)/, '').trim());
