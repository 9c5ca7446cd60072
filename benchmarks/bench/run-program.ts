import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs a program on the packages as they are built, and gives what it printed as JSON. */
export async function runProgram<T>(
  nodeArguments: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', ...nodeArguments], {
    env: { PATH, HOME, ...variables },
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  return JSON.parse(stdout) as T;
}
