import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Command {
  /** None: the environment says everything. */
  readonly url?: string;
  readonly options?: Record<string, unknown>;
  /** Connect to this address whatever the host's name is. */
  readonly hostaddr?: string;
  /** So many connects at once; the first failure is reported, else the first success. */
  readonly times?: number;
  /** Get user and password only. */
  readonly withoutServer?: boolean;
  /** Report what the logger is told. */
  readonly log?: boolean;
}

export interface Report {
  readonly ok: boolean;
  readonly user?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string | undefined;
  readonly sqlState?: string | undefined;
  readonly milliseconds?: number;
  readonly log?: string;
}

/** A child process that connects when it is told to. Its environment is `env` and nothing else that could name an identity. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  output = '';

  constructor(env: NodeJS.ProcessEnv) {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.#child = fork(fileURLToPath(new URL('./sign-in-program.ts', import.meta.url)), {
      execArgv: ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning'],
      env: { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  async connect(command: Command): Promise<Report> {
    const answer = new Promise<Report>((resolve) => {
      this.#child.once('message', (report) => resolve(report as Report));
    });
    this.#child.send(command);
    const ended = this.#ended.then(() => {
      throw new Error(`The program ended: ${this.output}`);
    });
    return Promise.race([answer, ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}
