import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, run } from '../run.ts';
import type { NpmSuite } from './suites.ts';

/** Unpacks a package that carries its tests, and installs what these need: pg in the version given, and nothing of ours. */
export async function installSuite(suite: NpmSuite, folder: string, pg: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await npm(folder, ['pack', '--silent', suite.package]);
  const unpacked = await run('sh', ['-c', 'tar -xzf *.tgz --strip-components=1'], { cwd: folder });
  if (unpacked.code !== 0) throw new Error(`${suite.package} cannot be unpacked: ${unpacked.output}`);
  const manifest = join(folder, 'package.json');
  const { name, version, main, type } = JSON.parse(readFileSync(manifest, 'utf8'));
  // Without what it needs to be developed: linters, native addons.
  writeFileSync(manifest, JSON.stringify({ name: `suite-of-${name}`, version, main, type }));
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  await npm(folder, ['install', ...flags, `pg@${pg}`, ...suite.needs]);
  if (suite.today === undefined) return;
  const { file, from } = suite.today;
  cpSync(join(folder, 'node_modules', from, file), join(folder, file));
}

async function npm(folder: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run('npm', args, { cwd: folder, env: plainEnvironment() });
  if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${output.slice(-2000)}`);
}
