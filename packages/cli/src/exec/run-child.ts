import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CommandError } from '../command-error.ts';

/** Signals that are passed on to the command, which decides what they mean to it. */
const passedOn = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
] as const;

/**
 * Runs a command on this process's own terminal and gives its exit code: its own, 128 + n where signal n ended it, as in a shell; 127
 * where there is no such command, 126 where it may not be run (as CommandError).
 */
export function runChild(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env });
    const listeners = passedOn.map((signal) => {
      const listener = (): void => {
        // The command gets what a terminal sends (Ctrl-C) itself; twice would make many programs give up at once.
        if (signal === 'SIGINT' && process.stdin.isTTY) return;
        child.kill(signal);
      };
      process.on(signal, listener);
      return { signal, listener };
    });
    const done = (): void => {
      for (const { signal, listener } of listeners) process.off(signal, listener);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      done();
      const missing = error.code === 'ENOENT';
      const problem = missing ? 'no such command' : (error.code ?? 'it could not be started');
      reject(new CommandError(`${file}: ${problem}`, { exitCode: missing ? 127 : 126 }));
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
