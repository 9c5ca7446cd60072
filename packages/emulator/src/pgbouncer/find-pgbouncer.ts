import { delimiter, join } from 'node:path';
import { EmulatorError } from '../emulator-error.ts';
import { runProgram } from '../machine/run-program.ts';
import { debianPgBouncer, isDebianSuite, type Program } from './debian-package.ts';

/** A PgBouncer that can be used. */
export interface FoundPgBouncer extends Program {
  readonly version: string;
}

/** Whether pooled connections can be had on this machine. */
export interface PgBouncerAvailability {
  readonly available: boolean;
  /** PgBouncer's version, where it is available. */
  readonly version?: string;
  /** Why it is not available, and how to get it. */
  readonly reason?: string;
}

const remedy =
  process.platform === 'darwin'
    ? 'Install it with `brew install pgbouncer`'
    : 'Install PgBouncer 1.21 or newer (for example `sudo apt-get install pgbouncer`)';
const hint = `${remedy}, name its path in AZURE_PG_EMULATOR_PGBOUNCER, or Debian's release (trixie, forky) where apt can fetch it, or start the emulator with \`pooler: false\`.`;

let found: Promise<FoundPgBouncer> | undefined;

/**
 * Finds PgBouncer of at least 1.21, the first that knows `max_prepared_statements`: the one that AZURE_PG_EMULATOR_PGBOUNCER names, by
 * its path or by the release of Debian that has it; the one on PATH; else that of Debian 13. Throws EmulatorError PGBOUNCER_UNAVAILABLE.
 */
export function findPgBouncer(): Promise<FoundPgBouncer> {
  found ??= find().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

/** Whether `startEmulator` can offer a pooler here. Fetches PgBouncer when it must, so that a later start is quick. */
export async function pgbouncerAvailable(): Promise<PgBouncerAvailability> {
  try {
    return { available: true, version: (await findPgBouncer()).version };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function find(): Promise<FoundPgBouncer> {
  const reasons: string[] = [];
  const named = process.env.AZURE_PG_EMULATOR_PGBOUNCER;
  const paths = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  // An ordinary user's PATH often lacks the folders of system programs, where packages put it.
  const folders = new Set([...paths, '/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin']);
  const suite = isDebianSuite(named) ? named : undefined;
  const files = suite ? [] : named ? [named] : [...folders].map((folder) => join(folder, 'pgbouncer'));
  for (const file of files) {
    const version = await versionOf({ file, args: [] });
    if (version === undefined) continue;
    if (isEnough(version)) return { file, args: [], version };
    reasons.push(`${file} is ${version}`);
  }
  if (named && suite === undefined)
    reasons.push(`AZURE_PG_EMULATOR_PGBOUNCER names ${named}, which is not a usable PgBouncer`);
  else {
    try {
      const program = await debianPgBouncer(suite);
      const version = await versionOf(program);
      if (version !== undefined && isEnough(version)) return { ...program, version };
      reasons.push("Debian's PgBouncer does not run here");
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new EmulatorError(
    'PGBOUNCER_UNAVAILABLE',
    `PgBouncer 1.21 or newer is not available: ${reasons.join('; ')}.`,
    {
      hint,
    },
  );
}

async function versionOf(program: Program): Promise<string | undefined> {
  try {
    const { stdout } = await runProgram(program.file, [...program.args, '--version'], { asServer: true });
    return /PgBouncer (\d+\.\d+(\.\d+)?)/i.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 1 || (major === 1 && minor >= 21);
}
