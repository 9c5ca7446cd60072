import { basename } from 'node:path';

/** Programs that run a package's own, and the words between that say so. */
const runners = ['npx', 'npm', 'pnpm', 'pnpx', 'yarn', 'bun', 'bunx', 'corepack', 'node'];
const verbs = ['exec', 'x', 'dlx', 'run', 'workspace', '--'];
/** Their flags that are followed by a value. */
const valued =
  /^(?:-p|-c|-C|-F|-w|--package|--filter|--dir|--cwd|--prefix|--workspace|--require|--import|-r|--conditions|workspace)$/;

/**
 * Whether a command runs Prisma's command line: by itself, or by npx, npm exec, pnpm, yarn or bun. Not so for what only runs the project's
 * own code (`prisma db seed`), which connects as it likes.
 */
export function runsPrisma(command: readonly string[]): boolean {
  let index = 0;
  while (index < command.length) {
    const word = command[index] ?? '';
    if (isPrisma(word)) return !(command[index + 1] === 'db' && command[index + 2] === 'seed');
    const isRunner = runners.includes(programName(word));
    const between = index > 0 && (word.startsWith('-') || verbs.includes(word));
    if (!isRunner && !between) return false;
    index += valued.test(word) ? 2 : 1;
  }
  return false;
}

const programName = (word: string): string =>
  basename(word.replaceAll('\\', '/')).replace(/\.(?:cmd|exe|ps1)$/i, '');

const isPrisma = (word: string): boolean =>
  /^prisma(?:@.+)?$/.test(programName(word)) || /[\\/]prisma[\\/]build[\\/]index\.js$/.test(word);
