import { access, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../machine/cache-folder.ts';
import { runProgram } from '../machine/run-program.ts';
import { type DebianMirror, debianMirrors } from './debian-sources.ts';

/** A program and the arguments that come before its own. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** A release of Debian: 13 (trixie) has PgBouncer 1.24; 14 (forky), still in the making, 1.26. */
export type DebianSuite = 'trixie' | 'forky';

const packages = [
  ...['pgbouncer', 'libc6', 'libgcc-s1', 'libcares2', 'libevent-2.1-7t64', 'libpam0g', 'libaudit1'],
  ...['libcap-ng0', 'libssl3t64', 'libzstd1', 'zlib1g', 'libsystemd0', 'libcap2'],
];
/** What it needs besides, and the packages that these need. */
const suites: Readonly<Record<DebianSuite, readonly string[]>> = {
  trixie: [],
  forky: ['libldap2', 'libsasl2-2'],
};

export const isDebianSuite = (name: string | undefined): name is DebianSuite =>
  name !== undefined && Object.hasOwn(suites, name);

const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
  '/etc/apt/trusted.gpg',
];
const loaders: Partial<Record<string, string>> = {
  x64: 'x86_64-linux-gnu/ld-linux-x86-64.so.2',
  arm64: 'aarch64-linux-gnu/ld-linux-aarch64.so.1',
};

/**
 * PgBouncer from the machine's own Debian mirror, with the libraries it needs, unpacked into the cache: nothing is installed, nothing of the
 * system is touched, and no rights are needed. Throws an Error that says why where this cannot be.
 */
export async function debianPgBouncer(suite: DebianSuite = 'trixie'): Promise<Program> {
  const loader = loaders[process.arch];
  if (process.platform !== 'linux' || loader === undefined) {
    throw new Error(`Debian's package does not run on ${process.platform} ${process.arch}`);
  }
  const name = `pgbouncer-${suite}-${process.arch}`;
  const folder = await cached(name, async (draft) => {
    for (const tool of ['apt-get', 'apt-config', 'dpkg-deb']) {
      if (!(await exists(`/usr/bin/${tool}`))) throw new Error(`this machine has no ${tool}`);
    }
    const mirrors = await debianMirrors();
    if (mirrors.length === 0) throw new Error("this machine's apt sources name no Debian archive");
    await mkdir(draft);
    // Whatever the umask says, the servers' account must get in.
    await chmod(draft, 0o755);
    let failure: unknown;
    for (const mirror of mirrors) {
      try {
        await fetchPackages(draft, mirror, suite);
        failure = undefined;
        break;
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    await rm(join(draft, 'apt'), { recursive: true, force: true });
  });
  const library = join(folder, 'root', 'usr', 'lib');
  const libraries = join(library, loader.slice(0, loader.indexOf('/')));
  return {
    file: join(library, loader),
    args: ['--library-path', libraries, join(folder, 'root', 'usr', 'sbin', 'pgbouncer')],
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function fetchPackages(folder: string, mirror: DebianMirror, suite: DebianSuite): Promise<void> {
  const apt = join(folder, 'apt');
  await rm(apt, { recursive: true, force: true });
  for (const part of ['etc', 'parts', 'state/lists/partial', 'cache/archives/partial', 'debs']) {
    await mkdir(join(apt, part), { recursive: true, mode: 0o755 });
  }
  const keyring = mirror.keyring ?? (await firstThatExists(keyrings));
  if (keyring === undefined) throw new Error('this machine has no keyring of the Debian archive');
  await writeFile(join(apt, 'status'), '');
  await writeFile(
    join(apt, 'etc', 'sources.list'),
    `deb [signed-by=${keyring}] ${mirror.uri} ${suite} main\n`,
    {
      mode: 0o600,
    },
  );
  await writeFile(join(apt, 'apt.conf'), `${await ownSettings()}\n${privateSettings(apt)}\n`, {
    mode: 0o600,
  });
  const env = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    LC_ALL: 'C',
    ...proxies(),
    APT_CONFIG: join(apt, 'apt.conf'),
  };
  // What apt says can hold the mirror's credentials.
  const clean = async (step: Promise<unknown>): Promise<void> => {
    await step.catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(text.replaceAll(/\/\/[^/@\s]+@/g, '//***@'));
    });
  };
  await clean(
    runProgram('/usr/bin/apt-get', ['-qq', '-o', 'APT::Update::Error-Mode=any', 'update'], { env }),
  );
  const debs = join(apt, 'debs');
  await clean(
    runProgram('/usr/bin/apt-get', ['-qq', 'download', ...packages, ...suites[suite]], { env, cwd: debs }),
  );
  const root = join(folder, 'root');
  await mkdir(root, { recursive: true });
  await chmod(root, 0o755);
  for (const deb of await readdir(debs)) {
    await runProgram('/usr/bin/dpkg-deb', ['-x', join(debs, deb), root]);
  }
}

/** How this machine reaches its mirrors: proxies, certificates, retries. Its hooks and folders stay out. */
async function ownSettings(): Promise<string> {
  const { stdout } = await runProgram('/usr/bin/apt-config', ['dump', 'Acquire']);
  return stdout
    .split('\n')
    .filter(
      (line) =>
        /^Acquire::\S+ "/.test(line) && !/^Acquire::(IndexTargets|GzipIndexes|Languages)\b/.test(line),
    )
    .filter((line) => !line.endsWith(' "";'))
    .join('\n');
}

function privateSettings(apt: string): string {
  const settings: Record<string, string> = {
    'Dir::State': join(apt, 'state'),
    'Dir::State::Lists': join(apt, 'state', 'lists'),
    'Dir::State::status': join(apt, 'status'),
    'Dir::Cache': join(apt, 'cache'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Dir::Log': apt,
    'Dir::Etc::sourcelist': join(apt, 'etc', 'sources.list'),
    'Dir::Etc::sourceparts': join(apt, 'parts'),
    'Dir::Etc::main': join(apt, 'parts', 'none'),
    'Dir::Etc::parts': join(apt, 'parts'),
    'Dir::Etc::preferences': join(apt, 'parts', 'none'),
    'Dir::Etc::preferencesparts': join(apt, 'parts'),
    'Dir::Etc::netrc': '/etc/apt/auth.conf',
    'Dir::Etc::netrcparts': '/etc/apt/auth.conf.d',
    'Acquire::Languages': 'none',
    'APT::Architecture': process.arch === 'arm64' ? 'arm64' : 'amd64',
    // The folder is ours: apt need not lend it to its download account.
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  return [...lines, `APT::Architectures { "${settings['APT::Architecture']}"; };`].join('\n');
}

function proxies(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(https?|ftp|no|all)_proxy$/i.test(name)),
  );
}

async function firstThatExists(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) if (await exists(file)) return file;
  return undefined;
}
