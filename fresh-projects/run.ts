import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number | null;
  /** What it wrote to both streams. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds. Default: five minutes. */
  readonly timeout?: number;
}

/** Runs a program to its end, and never throws. The emulator lives in this process: nothing may block it. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { cwd, env = process.env, timeout = 300_000 } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: null, output: String(error) }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The environment of a program that is tried: nothing of what this command itself was started with. */
export function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, npm_config_registry, npm_config_cafile, NODE_EXTRA_CA_CERTS } = process.env;
  return { PATH, HOME, npm_config_registry, npm_config_cafile, NODE_EXTRA_CA_CERTS, NO_COLOR: '1', ...more };
}
