import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, run } from './run.ts';

/** What programs are run with. */
export interface Runtime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What loads a module before the program. */
  readonly preload: string;
}

const { arch, platform } = process;
const libc = platform === 'linux' ? '-glibc' : '';

/** The packages that hold nothing but the program: their installers' scripts do not run everywhere. */
const sources = [
  ...[20, 22, 24, 26].map((version) => ({
    name: `Node.js ${version}`,
    install: `node-${platform}-${arch}@${version}`,
    file: ['node-PLATFORM', 'bin', 'node'],
    args: [] as string[],
    preload: '--import',
  })),
  {
    name: 'Bun',
    install: `@oven/bun-${platform}-${arch}`,
    file: ['@oven', 'bun-PLATFORM', 'bin', 'bun'],
    args: [],
    preload: '--preload',
  },
  {
    name: 'Deno',
    install: `@deno/${platform}-${arch}${libc}`,
    file: ['@deno', `PLATFORM${libc}`, 'deno'],
    args: ['run', '--allow-all', '--quiet', '--no-lock'],
    preload: '--preload',
  },
];

/**
 * Fetches them from the npm registry. One that is not there is left out, and said.
 *
 * @param wanted those whose name it matches.
 */
export async function fetchRuntimes(folder: string, wanted: RegExp = /./): Promise<Runtime[]> {
  const runtimes: Runtime[] = [];
  for (const { name, install, file, args, preload } of sources.filter((one) => wanted.test(one.name))) {
    const place = join(folder, name.replaceAll(/\W/g, '-'));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{ "private": true }');
    const { code, output } = await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', install],
      {
        cwd: place,
        env: plainEnvironment(),
      },
    );
    const path = file.map((part) => part.replace('PLATFORM', `${platform}-${arch}`));
    if (code === 0) runtimes.push({ name, command: join(place, 'node_modules', ...path), args, preload });
    else console.error(`${name} cannot be had: ${output.split('\n')[0]}`);
  }
  return runtimes;
}
