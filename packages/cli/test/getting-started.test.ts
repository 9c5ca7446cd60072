import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const page = await readFile(new URL('../../../docs/getting-started.md', import.meta.url), 'utf8');
const blocks = (kind: string): string[] =>
  [...page.matchAll(/^```(\S+ ?\S*)\n(.*?)^```$/gms)].flatMap(([, opened, code]) =>
    opened === kind ? [code as string] : [],
  );
const [makeRole = '', runProgram = '', runDoctor = '', runOnEmulator = ''] = blocks('sh run');
const [program = ''] = blocks('ts app.ts');
const onAzure = 'postgresql://my-server.postgres.database.azure.com/app';

let emulator: Emulator;
let folder: string;
let local: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query('CREATE DATABASE app OWNER azure_pg_admin');
  local = emulator.url.replace('/postgres?', '/app?');
  // Beside the tests, where the packages are found by their names.
  folder = await mkdtemp(fileURLToPath(new URL('../../pg/test/programs/getting-started-', import.meta.url)));
  const bin = (name: string): string => fileURLToPath(new URL(`../../${name}/src/bin.ts`, import.meta.url));
  const run = `exec "${process.execPath}" --no-warnings --conditions=@azure-pg/source`;
  const npx = `#!/bin/sh\nname="$1"; shift\ncase "$name" in\n@azure-pg/cli) ${run} "${bin('cli')}" "$@";;\n@azure-pg/emulator) ${run} "${bin('emulator')}" "$@";;\nesac\nexit 99\n`;
  await writeFile(join(folder, 'npx'), npx);
  await chmod(join(folder, 'npx'), 0o755);
  await writeFile(join(folder, 'node'), `#!/bin/sh\n${run} "$@"\n`);
  await chmod(join(folder, 'node'), 0o755);
  await writeFile(join(folder, 'app.ts'), program);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator?.stop();
});

/** The lines as they stand, at the emulator instead of the page's server, and for the identity that is there. */
async function run(commands: string, env: NodeJS.ProcessEnv = emulator.env, objectId = ''): Promise<string> {
  const here = commands.replaceAll(onAzure, `'${local}'`).replace(/(?<=--object-id )\S+/, objectId);
  const options = { cwd: folder, env: { ...env, PATH: `${folder}:${process.env.PATH}`, HOME: folder } };
  return (await promisify(execFile)('sh', ['-e', '-c', here], options)).stdout;
}

describe('docs/getting-started.md', () => {
  test('what is not run are the lines of az and npm alone', () => {
    expect(blocks('sh run')).toHaveLength(4);
    expect(blocks('ts app.ts')).toHaveLength(1);
    const others = [...blocks('sh az'), ...blocks('sh')].join('').replaceAll(/\\\n/g, '').trim().split('\n');
    expect(others.filter((line) => !/^(az|npm install) /.test(line))).toEqual([]);
  });

  test('steps 3 to 5 lead from an identity to its program’s row', async () => {
    const app = await emulator.createIdentity({ name: 'my-app', role: false });
    const asApp = (await emulator.environmentsFor(app)).appService;
    await expect(run(runProgram, asApp)).rejects.toThrow(/my-app/);
    await run(makeRole, emulator.env, app.objectId);
    expect(await run(runProgram, asApp)).toMatch(/me: 'my-app',\s+version: 'PostgreSQL 18/);
    // The administrator: the environment's identity stands for the account that is signed in to the Azure CLI.
    expect(await run(runProgram)).toContain("me: 'local-app'");
    expect(await run(runDoctor, asApp)).toContain('signed in as my-app');
  });

  test('the program runs on an emulator of its own as it stands', async () => {
    expect(await run(runOnEmulator, {})).toMatch(/version: 'PostgreSQL 18/);
  });
});
