import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * A folder in which packages of ours are installed as they are published, built now, so that other versions of Node.js can run them. The other packages are those
 * that a package of ours has.
 *
 * @param own names of folders in `packages`.
 * @param others name → its folder.
 */
export function builtPackages(own: readonly string[], others: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-built-'));
  for (const name of own) {
    const from = join(root, 'packages', name);
    const to = join(folder, 'node_modules', '@azure-pg', name);
    mkdirSync(to, { recursive: true });
    const tsdown = join(root, 'node_modules', 'tsdown', 'dist', 'run.mjs');
    const args = [
      tsdown,
      '--config',
      '../../tsdown.config.ts',
      '--out-dir',
      join(to, 'dist'),
      '--no-dts',
      '--silent',
    ];
    execFileSync(process.execPath, args, { cwd: from });
    const manifest = readFileSync(join(from, 'package.json'), 'utf8');
    writeFileSync(join(to, 'package.json'), manifest);
  }
  for (const [name, place] of Object.entries(others)) {
    const to = join(folder, 'node_modules', name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(place, to);
  }
  return folder;
}

/** Puts programs of test/programs there. */
export function addPrograms(folder: string, from: URL): void {
  cpSync(fileURLToPath(from), folder, { recursive: true });
}
