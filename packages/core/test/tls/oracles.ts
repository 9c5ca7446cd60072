import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a client came to: how the server says the session is encrypted, or that there is none. */
export type Outcome = 'encrypted' | 'plaintext' | 'refused';

export interface Oracle {
  readonly name: string;
  ask(strings: readonly string[]): Promise<Outcome[]>;
}

const home = mkdtempSync(join(tmpdir(), 'azure-pg-home-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/** Neither a root file in the home folder nor variables may say anything. */
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  HOME: home,
});

/** libpq 18, the one that comes with the emulator's PostgreSQL. */
export const libpq: Oracle = {
  name: 'libpq 18',
  ask: (strings) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'libpq-child.ts')], {
        env: environment(),
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let out = '';
      let errors = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        errors += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => {
        if (code !== 0) reject(new Error(`libpq ended with ${code}: ${errors}`));
        else resolve((JSON.parse(out) as string[]).map(outcomeOf));
      });
      child.stdin.end(JSON.stringify(strings));
    }),
};

/** The psql of this machine; undefined where there is none. */
export async function psql(): Promise<Oracle | undefined> {
  const version = await run('psql', ['--version'], process.env).catch(() => undefined);
  if (version === undefined) return undefined;
  return {
    name: version.trim(),
    ask: async (strings) => {
      const env = environment();
      const outcomes: Outcome[] = [];
      for (const text of strings) {
        const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
        const answer = await run('psql', ['-XAtc', sql, text], env).catch(() => 'refused');
        outcomes.push(outcomeOf(answer.trim()));
      }
      return outcomes;
    },
  };
}

function run(file: string, parameters: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, parameters, { env }, (error, out) => (error ? reject(error) : resolve(out)));
  });
}

function outcomeOf(answer: string): Outcome {
  if (answer === 't' || answer === 'encrypted') return 'encrypted';
  return answer === 'f' || answer === 'plaintext' ? 'plaintext' : 'refused';
}
