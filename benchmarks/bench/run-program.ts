import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs a program on the packages as they are built, and gives what it printed as JSON. `node`: another Node.js than this one. */
export async function runProgram<T>(
  nodeArguments: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  node: string = process.execPath,
): Promise<T> {
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)(node, ['--no-warnings', ...nodeArguments], {
    env: { PATH, HOME, ...variables },
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  return JSON.parse(stdout) as T;
}
