import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EmulatorError } from '../emulator-error.ts';
import { childrenOf } from './descent.ts';
import { serverAccount } from './server-account.ts';
import type { Watchdog } from './watchdog.ts';

/** What to run and how to know that it is ready. */
export interface ServerCommand {
  /** Its name in error messages. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Asked every few milliseconds until it is true or the process has ended. */
  readonly ready: () => Promise<boolean>;
}

/** A server that this process started: watched by the watchdog, ended by a signal. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #hasEnded = false;

  private constructor(child: ChildProcess, watchdog: Watchdog) {
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        if (this.#hasEnded) return;
        this.#hasEnded = true;
        if (child.pid !== undefined) watchdog.ended(child.pid);
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
  }

  /** Starts a server and waits until it is ready. Throws EmulatorError SERVER_START_FAILED with its log's last lines. */
  static async start(command: ServerCommand, watchdog: Watchdog): Promise<ServerProcess> {
    const log = openSync(command.logFile, 'a');
    let server: ServerProcess;
    try {
      const child = spawn(command.file, command.args, {
        // A process group of its own: Ctrl-C in a terminal must reach us first, so that the servers end in order.
        detached: true,
        stdio: ['ignore', log, log],
        env: command.env,
        cwd: '/',
        ...serverAccount,
      });
      if (child.pid !== undefined) watchdog.started(child.pid);
      server = new ServerProcess(child, watchdog);
    } finally {
      closeSync(log);
    }
    server.#child.unref();
    const deadline = Date.now() + 30_000;
    while (!(await command.ready())) {
      if (server.#hasEnded || Date.now() > deadline) {
        await server.stop('SIGKILL');
        const lines = (await readFile(command.logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-8);
        throw new EmulatorError('SERVER_START_FAILED', `${command.name} did not start:\n${lines.join('\n')}`);
      }
      await delay(4);
    }
    return server;
  }

  get running(): boolean {
    return !this.#hasEnded;
  }

  /** Passes a signal on to the process that still runs. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /**
   * Kills all processes that the server has started, none of which gets to say a word, and ends the server itself by `signal`, so that it
   * tidies up the shared memory that they had.
   */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded || this.#child.pid === undefined) return;
    // It must neither start others meanwhile nor tell those that are left.
    this.#child.kill('SIGSTOP');
    for (const pid of await childrenOf(this.#child.pid)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    const ended = this.stop(signal);
    this.#child.kill('SIGCONT');
    await ended;
  }

  /** Sends the signal and waits for the end; after ten seconds it is killed. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.ref();
    this.#child.kill(signal);
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(killer);
  }
}
