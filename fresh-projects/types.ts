// Compiles a program of each adapter, `declaration: true`, in a pnpm project of its own that has no more than the README says, with
// TypeScript from 5.6 on and each way of finding modules. Run: npm run fresh-projects types [PROJECT…]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projects } from './projects.ts';
import { plainEnvironment, run } from './run.ts';
import type { Table } from './table.ts';

/** 7 knows no node10 any more. */
const compilers = ['5.6', '5.9', '6', '7'] as const;
const resolutions = {
  node10: { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  'node16, CommonJS': { module: 'node16' },
  'node16, ESM': { module: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;

const programs = new URL('./programs/types/', import.meta.url);

/** @param packed our packages' files, by name. */
export async function tryTypes(
  folder: string,
  packed: Readonly<Record<string, string>>,
  table: Table,
  asked: (name: string) => boolean,
): Promise<void> {
  const chosen = projects.filter(({ name }) => asked(name));
  writeWorkspace(folder, packed);
  for (const { name, ours, others } of chosen) {
    const dependencies = Object.fromEntries([
      ...ours.map((one) => [`@azure-pg/${one}`, `file:${packed[`@azure-pg/${one}`]}`]),
      ...others.map((one) => [one, '*']),
    ]);
    const project = join(folder, name);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, dependencies }));
    writeFileSync(join(project, 'program.ts'), readFileSync(new URL(`${name}.ts`, programs)));
  }
  const env = plainEnvironment();
  const installed = await run('pnpm', ['install', '--no-frozen-lockfile'], { cwd: folder, env });
  if (installed.code !== 0) throw new Error(`pnpm install failed:\n${installed.output}`);
  for (const { name, esmOnly = false } of chosen) {
    const project = join(folder, name);
    for (const [how, options] of Object.entries(resolutions)) {
      const cells: string[] = [];
      if (esmOnly && how.endsWith('CommonJS')) continue;
      for (const version of compilers) cells.push(await compile(folder, project, how, options, version));
      table.add(
        [name, how, ...cells],
        cells.some((cell) => cell.startsWith('WRONG')),
      );
    }
  }
}

function writeWorkspace(folder: string, packed: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  const compilersByName = compilers.map((version) => [`typescript-${version}`, `npm:typescript@~${version}`]);
  const devDependencies = { ...Object.fromEntries(compilersByName), '@types/node': '22' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, devDependencies }));
  const overrides = Object.entries(packed).map(([name, file]) => `  "${name}": "file:${file}"`);
  const settings = ['packages:', '  - "*"', 'overrides:', ...overrides];
  // No test of what builds: of what is typed.
  settings.push('strictDepBuilds: false');
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), `${settings.join('\n')}\n`);
}

async function compile(
  folder: string,
  project: string,
  how: string,
  options: Readonly<Record<string, string>>,
  version: (typeof compilers)[number],
): Promise<string> {
  if (how === 'node10' && version === '7') return '-';
  const { ignoreDeprecations, ...rest } = options;
  const config = {
    compilerOptions: {
      ...rest,
      ...(ignoreDeprecations !== undefined && version === '6' ? { ignoreDeprecations } : {}),
      target: 'es2022',
      lib: ['es2022', 'esnext.disposable'],
      types: ['node'],
      typeRoots: [join(folder, 'node_modules', '@types')],
      strict: true,
      esModuleInterop: true,
      // Drivers and ORMs have types that do not check; ours are looked for in what is printed.
      skipLibCheck: true,
      declaration: true,
      outDir: 'out',
    },
    files: ['program.ts'],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const file = join(project, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...manifest, type: how.endsWith('ESM') ? 'module' : 'commonjs' }));
  const command = join(folder, 'node_modules', `typescript-${version}`, 'bin', 'tsc');
  const { code, output } = await run(process.execPath, [command, '-p', '.'], {
    cwd: project,
    env: plainEnvironment(),
  });
  if (code === 0) return 'ok';
  console.error(`\n${project}, ${how}, TypeScript ${version}:\n${output.slice(0, 3000)}`);
  return `WRONG ${/TS\d+/.exec(output)?.[0] ?? ''}`;
}
