/**
 * Tokens of the real @azure/identity have to expire, in real time.
 * @module-tag slow
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

const text = await readFile(new URL('../../../../docs/other-drivers.md', import.meta.url), 'utf8');
const recipe = /^```js pg\n(.*?)^```$/ms.exec(text)?.[1] ?? '';
const program = fileURLToPath(new URL('./programs/recipe-program.mjs', import.meta.url));

/** Within this package, where the program's imports resolve as in a user's program. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(fileURLToPath(new URL('./recipes-', import.meta.url)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('just the token signs in as documented, and goes on with new connections when the first token has expired', async () => {
  const lifetime = 4;
  await using emulator = await startEmulator({ pooler: false, host: 'localhost', tokenLifetime: lifetime });
  const file = join(folder, 'pg.mjs');
  await writeFile(file, recipe);
  const { port, pathname } = new URL(emulator.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning', program, file],
    {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        HOME: '/nonexistent',
        ...emulator.env,
        NODE_EXTRA_CA_CERTS: emulator.ca.file,
        PGHOST: 'localhost',
        PGPORT: port,
        PGDATABASE: pathname.slice(1),
        PGUSER: 'local-app',
        TEST_PAUSE: String(lifetime * 1000 + 500),
      },
    },
  );
  const { roles, connections } = JSON.parse(stdout) as { roles: string[]; connections: number };
  expect(new Set(roles)).toEqual(new Set(['local-app']));
  expect(connections).toBeGreaterThan(2);
  expect(emulator.entra.requests.length).toBeGreaterThanOrEqual(2);
}, 60_000);
