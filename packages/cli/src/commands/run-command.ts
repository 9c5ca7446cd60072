import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { runChild } from '../exec/run-child.ts';

/** What is loaded before the program, of the packages that are installed beside it. */
const modules = ['@azure-pg/pg/register', '@azure-pg/postgresjs/register'];

/** `azure-pg run -- node app.js`: the command's exit code is this one's. */
export async function runCommand(
  context: CommandContext,
  command: readonly string[],
  folder: string = process.cwd(),
): Promise<void> {
  if (command.length === 0) {
    throw new CommandError('No command is given', {
      exitCode: 2,
      hint: 'For example: azure-pg run -- node app.js',
    });
  }
  const { resolve } = createRequire(join(folder, 'package.json'));
  const found = modules.flatMap((name) => {
    try {
      return [resolve(name)];
    } catch {
      return [];
    }
  });
  if (found.length === 0) {
    throw new CommandError('Neither @azure-pg/pg nor @azure-pg/postgresjs is installed here', {
      exitCode: 1,
      hint: 'npm install @azure-pg/pg, or @azure-pg/postgresjs for a program that uses postgres.js, in the folder from which you start the program.',
    });
  }
  // As URLs they hold no blanks, which would end an option.
  const options = found.map((file) => `--import=${pathToFileURL(file).href}`);
  const NODE_OPTIONS = [context.env.NODE_OPTIONS, ...options].filter(Boolean).join(' ');
  context.exitCode = await runChild(command, { ...context.env, NODE_OPTIONS });
}
