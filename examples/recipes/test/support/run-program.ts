import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/**
 * Runs a program in a process of its own, whose environment is what it is given.
 *
 * @returns what it printed. @throws execFile's error, with `stderr`, where it failed or took 25 s.
 */
export async function runProgram(
  file: string,
  env: Record<string, string | undefined>,
): Promise<{ stdout: string; stderr: string }> {
  const flags = ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning', file];
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return await promisify(execFile)(process.execPath, flags, {
    cwd: dirname(file),
    env: { PATH, HOME: '/nonexistent', NODE_COMPILE_CACHE, ...env },
    timeout: 25_000,
  });
}
