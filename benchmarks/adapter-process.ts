import { type ChildProcess, fork } from 'node:child_process';

/** Starts a script of this folder in a process of its own, where nothing but its errors can be heard, and sends it its order. */
export function startProcess(
  script: string,
  order: object,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const child = fork(new URL(script, import.meta.url), {
    execArgv: ['--conditions=@azure-pg/source'],
    env: { ...process.env, ...env },
    // The notices of a server that stops, which postgres.js prints.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send(order);
  return child;
}
