import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a run of the command gave. */
export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Is called with what stdout has so far, whenever there is more. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `azure-pg` from its sources, with nothing of this process's environment but what Node itself needs. */
export function runCli(args: readonly string[], { env = {}, cwd, onStdout }: RunOptions = {}): Promise<Ran> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', '--conditions=@azure-pg/source', bin, ...args], {
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      onStdout?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
