import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packs every published package, as it is built, into a folder. Gives the files by the packages' names. */
export async function packPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  mkdirSync(folder, { recursive: true });
  const packed = globSync('packages/*/package.json', { cwd: root }).map(async (file) => {
    const { name, private: own } = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
      name: string;
      private?: boolean;
    };
    if (own) return [];
    const { code, output } = await run('pnpm', ['pack', '--json', '--pack-destination', folder], {
      cwd: join(root, dirname(file)),
    });
    if (code !== 0) throw new Error(`${name} cannot be packed: ${output}`);
    const { filename } = JSON.parse(output.slice(output.indexOf('{'))) as { filename: string };
    return [[name, filename] as const];
  });
  return Object.fromEntries((await Promise.all(packed)).flat());
}
