import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment, type Ran, run } from './run.ts';

interface Job {
  readonly project: string;
  readonly entry: string;
  /** Where the bundle goes: everything that it needs to run, unless `besidePackages`. */
  readonly out: string;
  /** The bundlers' commands. */
  readonly tools: string;
}

/** A bundler in one of its ways. */
export interface Bundler {
  readonly title: string;
  readonly program: 'pg' | 'postgresjs';
  build(job: Job): Promise<Ran>;
  /** Gives what the bundle says. */
  start(out: string, env: NodeJS.ProcessEnv): Promise<string>;
  /** The folder within `out` that the bundler made; the whole of it by default. */
  readonly bundle?: string;
  /** Some of the packages are left out of the bundle, which therefore lies in the project. */
  readonly besidePackages?: boolean;
  /** What a sign-in gives, where that is not what it gives everywhere. */
  readonly expected?: { readonly withPeers?: Readonly<Record<string, RegExp>> };
}

const inNode =
  (file: string) =>
  async (out: string, env: NodeJS.ProcessEnv): Promise<string> =>
    (await run(process.execPath, [join(out, file)], { cwd: out, env, timeout: 60_000 })).output;

const build = (job: Job, tool: string, args: readonly string[]): Promise<Ran> =>
  run(join(job.tools, tool), args, { cwd: job.project, env: plainEnvironment({ NODE_ENV: 'production' }) });

/** CommonJS inside a bundle of ES modules: said as what it is. */
const commonJsInside = {
  withPeers: { 'token by the library': /@azure\/identity cannot run in a bundle of ES modules/ },
};

const esbuild = (
  program: Bundler['program'],
  format: 'cjs' | 'esm',
  more: readonly string[] = [],
): Bundler => {
  const name = format === 'cjs' ? 'main.cjs' : 'main.mjs';
  return {
    title: ['esbuild', format, ...more].join(' '),
    program,
    build: (job) =>
      build(job, 'esbuild', [
        ...[job.entry, '--bundle', '--platform=node', `--format=${format}`, '--minify', ...more],
        ...[`--outfile=${join(job.out, name)}`, '--log-level=error'],
      ]),
    start: inNode(name),
    ...(format === 'esm' && more.length === 0 ? { expected: commonJsInside } : {}),
  };
};

const webpack = (program: Bundler['program']): Bundler => ({
  title: 'webpack',
  program,
  build: (job) => {
    mkdirSync(job.out, { recursive: true });
    writeFileSync(join(job.out, 'package.json'), '{}');
    return build(job, 'webpack', [
      '--mode',
      'production',
      '--target',
      'node',
      '--entry',
      job.entry,
      '-o',
      job.out,
    ]);
  },
  start: inNode('main.js'),
});

const rollup = (program: Bundler['program'], format: 'cjs' | 'es'): Bundler => {
  const name = format === 'cjs' ? 'cjs' : 'mjs';
  return {
    title: `rollup ${format}`,
    program,
    build: (job) =>
      build(job, 'rollup', [
        ...['--input', job.entry, '--dir', job.out, '--format', format, '--silent'],
        ...['--entryFileNames', `[name].${name}`, '--chunkFileNames', `[name]-[hash].${name}`],
        ...[
          '-p',
          'node-resolve={exportConditions:["node"],preferBuiltins:true}',
          '-p',
          'commonjs',
          '-p',
          'json',
        ],
      ]),
    start: inNode(`${program}.${name}`),
  };
};

const vite = (program: Bundler['program'], everything: boolean): Bundler => ({
  title: everything ? 'vite ssr, noExternal' : 'vite ssr',
  program,
  build: async (job) => {
    const config = join(job.project, 'vite.config.mjs');
    writeFileSync(config, `export default { ssr: { noExternal: ${everything ? 'true' : '[]'} } };`);
    const done = await build(job, 'vite', [
      'build',
      '--config',
      config,
      '--ssr',
      job.entry,
      '--outDir',
      job.out,
      '--emptyOutDir',
    ]);
    if (done.code === 0) writeFileSync(join(job.out, 'package.json'), '{ "type": "module" }');
    return done;
  },
  start: inNode(`${program}.js`),
  ...(everything ? {} : { besidePackages: true }),
});

const next = (way: 'turbopack' | 'webpack'): Bundler => ({
  title: `next ${way}`,
  program: 'pg',
  build: async (job) => {
    const { project, out } = job;
    rmSync(join(project, '.next'), { recursive: true, force: true });
    writeFileSync(
      join(project, 'next.config.mjs'),
      `export default { output: 'standalone', outputFileTracingRoot: ${JSON.stringify(project)}, turbopack: { root: ${JSON.stringify(project)} } };`,
    );
    const env = plainEnvironment({ NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' });
    const command = join(project, 'node_modules', 'next', 'dist', 'bin', 'next');
    const done = await run(process.execPath, [command, 'build', `--${way}`], { cwd: project, env });
    if (done.code === 0) cpSync(join(project, '.next', 'standalone'), out, { recursive: true });
    return done;
  },
  start: askNext,
  bundle: join('.next', 'server'),
});

/** Starts the server, asks its one route, and ends it. */
function askNext(out: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [join(out, 'server.js')], {
    cwd: out,
    env: { ...env, HOSTNAME: '127.0.0.1', PORT: '0', NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise<string>((resolve) => {
    let output = '';
    child.on('close', () => resolve(output));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [, address] = /(http:\/\/(?:127\.0\.0\.1|localhost):\d+)/.exec(output) ?? [];
      if (address === undefined || !output.includes('Ready')) return;
      child.stdout.removeAllListeners('data');
      fetch(`${address}/who`)
        .then((answer) => answer.text())
        .then(resolve, (error: unknown) => resolve(`${output}${error}`))
        .finally(() => child.kill());
    });
  });
}

export const bundlers: readonly Bundler[] = [
  esbuild('pg', 'cjs'),
  esbuild('postgresjs', 'cjs'),
  // pg itself is CommonJS.
  { ...esbuild('pg', 'esm', ['--external:pg', '--external:@azure/*']), besidePackages: true },
  esbuild('postgresjs', 'esm'),
  webpack('pg'),
  webpack('postgresjs'),
  rollup('pg', 'cjs'),
  rollup('postgresjs', 'es'),
  vite('pg', false),
  vite('pg', true),
  vite('postgresjs', true),
  next('turbopack'),
  next('webpack'),
];
