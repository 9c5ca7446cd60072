import { execFile } from 'node:child_process';
import { serverAccount } from './server-account.ts';

/** How a program that runs to its end is started. */
export interface RunOptions {
  /** Runs it as the servers' account. Default: as ourselves. */
  readonly asServer?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to its standard input. */
  readonly input?: string;
  /** Milliseconds after which it is killed. Default: 2 minutes. */
  readonly timeout?: number;
}

/** Runs a program to its end and gives what it printed; rejects with its last words when it fails. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const account = options.asServer ? serverAccount : undefined;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        ...(options.env && { env: options.env }),
        ...account,
        // A folder that the servers' account may not enter would make it fail before it starts.
        cwd: options.cwd ?? '/',
        timeout: options.timeout ?? 120_000,
        maxBuffer: 64 * 1024 * 1024,
        encoding: 'utf8',
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else {
          const said = (stderr || stdout).trim().split('\n').slice(-5).join('\n');
          reject(
            new Error(`${file} failed${said === '' ? '' : `: ${said}`}`, {
              cause: error.code ?? error.signal,
            }),
          );
        }
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}
