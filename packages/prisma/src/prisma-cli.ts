/**
 * The command of Prisma's own command line that this process runs ("" where it names none); undefined in any other program.
 *
 * @param argv like `process.argv`.
 */
export function prismaCommand(
  [, program = '', command = '']: readonly string[] = process.argv,
): string | undefined {
  return /[\\/](?:\.?bin[\\/]prisma|prisma[\\/]build[\\/]index\.js)$/.test(program) ? command : undefined;
}

const offline = ['generate', 'validate', 'format', 'version', '--version', '-v', 'init'];

/** Whether Prisma's command line runs something that never connects. */
export const runsOffline = (): boolean => offline.includes(prismaCommand() ?? '');
