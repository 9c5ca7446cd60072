import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ProgramEnd {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program of test/programs, or the one at a path, in a process of its own. */
export function runProgram(
  name: string,
  env: Record<string, string | undefined>,
  arguments_: readonly string[] = [],
): Promise<ProgramEnd> {
  const file = isAbsolute(name) ? name : fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@azure-pg/source', file, ...arguments_], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}
