import { type ChildProcess, fork } from 'node:child_process';

/** Starts a script in a process of its own, where nothing but its errors can be heard, and sends it its order. */
export function startProcess(
  script: URL,
  order: object,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const child = fork(script, {
    execArgv: ['--conditions=@azure-pg/source'],
    env: { ...process.env, ...env },
    // The notices of a server that stops, which postgres.js prints.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send(order);
  return child;
}
