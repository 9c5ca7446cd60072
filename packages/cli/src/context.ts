import type { Output } from './terminal.ts';

/** The world as a command sees it; process's own, or a stand-in in tests. */
export interface CommandContext {
  /** With what the command's flags add to it. */
  env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The exit code that the command ends with. */
  exitCode: number;
}
