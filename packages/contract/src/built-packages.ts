import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A folder with packages as they are published: built, so that every version of Node.js can run them. */
export interface BuiltPackages extends Disposable {
  readonly folder: string;
}

/**
 * Builds packages of ours, and installs them in a folder beside others and the programs that import them.
 *
 * @param own names of folders in `packages`; the last one's dependencies are the others.
 * @param others names of packages; `pg-pool of pg`: as pg finds it.
 * @param programs a folder that is copied there.
 */
export function builtPackages(
  own: readonly string[],
  others: readonly string[],
  programs: URL,
): BuiltPackages {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'azure-pg-built-')));
  const modules = join(folder, 'node_modules');
  for (const name of own) {
    const from = join(root, 'packages', name);
    const to = join(modules, '@azure-pg', name);
    mkdirSync(to, { recursive: true });
    const tsdown = join(root, 'node_modules', 'tsdown', 'dist', 'run.mjs');
    const args = ['--config', '../../tsdown.config.ts', '--out-dir', join(to, 'dist'), '--no-dts'];
    execFileSync(process.execPath, [tsdown, ...args], { cwd: from, stdio: 'ignore' });
    // A program that runs from sources, as the command line does in tests, would take theirs.
    const manifest = readFileSync(join(from, 'package.json'), 'utf8');
    writeFileSync(join(to, 'package.json'), manifest.replaceAll('@azure-pg/source', 'unused'));
  }
  const last = pathToFileURL(join(root, 'packages', own.at(-1) ?? '', 'package.json'));
  for (const [name, of] of others.map((each) => each.split(' of ')) as [string, string?][]) {
    const from = of === undefined ? last : pathToFileURL(join(folderOf(of, last), 'package.json'));
    const to = join(modules, name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(folderOf(name, from), to);
  }
  cpSync(fileURLToPath(programs), folder, { recursive: true });
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function folderOf(name: string, from: URL): string {
  const paths = createRequire(from).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return realpathSync(found);
}
