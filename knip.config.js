// What nothing uses: files, exports, dependencies. https://knip.dev/reference/configuration

const tests = 'test/**/*.{test,test-d}.ts';
/** Beside what knip finds by itself: programs that a test starts by their path, and files that a tool is given. */
const started = (...files) => ({ entry: [tests, ...files], vitest: { config: ['vitest.*.config.ts'] } });
/** The core looks for it by itself. */
const identity = { ignoreDependencies: ['@azure/identity'] };

/** @type {import('knip').KnipConfig} */
export default {
  // Their configurations would be run: they connect to a database.
  prisma: false,
  drizzle: false,
  // Installed under another name for the ends of ranges; named in vitest.*.config.ts.
  ignoreDependencies: [/-(?:oldest|next)$/],
  workspaces: {
    '.': {
      entry: [
        'scripts/{tasks,api-reports,audit,licences,server-versions}.mjs',
        'scripts/test/**/*.test.mjs',
        'vitest.base.ts',
        'vitest.driver-version.ts',
      ],
      // Started by scripts/tasks.mjs; dependency-cruiser parses with swc.
      ignoreDependencies: ['@biomejs/biome', '@swc/core', 'turbo'],
    },
    'packages/*': started(),
    'packages/cli': {
      ...started('test/fixtures/**/*.config.ts', 'test/programs/**'),
      ignoreDependencies: ['drizzle-kit', 'drizzle-orm', 'node-pg-migrate'],
    },
    'packages/contract': started('test/broken/*.ts', 'test/broken-adapters.{config.mjs,suite.ts}'),
    'packages/core': {
      ...started('test/tls/libpq-child.ts'),
      // The operating system's.
      ignoreBinaries: ['mkfifo'],
    },
    'packages/drizzle': started('test/kit/*.ts'),
    'packages/opentelemetry': started('test/programs/*.mjs'),
    'packages/pg': {
      ...started('test/programs/**'),
      // pg brings it along.
      ignoreDependencies: ['pg-pool'],
    },
    'packages/postgresjs': started('src/required.ts', 'test/programs/**'),
    'packages/prisma': {
      // The project is copied to another folder, where there is a package that is none here.
      ...started('test/project/**/*.{ts,mjs}'),
      ignoreUnresolved: ['./azure-pg-prisma/src/reads-catalogs.ts'],
    },
    // The programs are installed elsewhere, with what they import.
    live: { entry: [tests] },
    benchmarks: { entry: ['bench/programs/*.ts'], ignore: ['programs/**'] },
    // Compiled, and run, in other folders.
    'fresh-projects': { entry: ['public-suites/always-ours.mjs'], ignore: ['programs/**'] },
    'examples/demo': { entry: ['demo.ts', tests] },
    'examples/drizzle': { entry: ['drizzle.config.ts', tests], ...identity },
    'examples/knex': { entry: ['src/migrations.ts', tests], ...identity },
    'examples/kysely': { entry: ['src/migrations.ts', tests], ...identity },
    'examples/mikro-orm': { entry: [tests], ...identity },
    'examples/pg': { entry: [tests], ...identity },
    'examples/postgresjs': { entry: [tests], ...identity },
    'examples/typeorm': { entry: ['src/migrations.ts', tests], ...identity },
    'examples/azure-functions': { entry: [tests], ...identity },
    'examples/fastify': { entry: ['src/main.ts', tests], ...identity },
    'examples/nextjs': { entry: [tests], ...identity },
    'examples/worker': { entry: ['src/worker.ts', tests], ...identity },
    // The pages of docs whose programs a test runs.
    'examples/recipes': { entry: [tests, 'test/support/*.mjs'], ignoreDependencies: [/./] },
    'examples/sequelize': { entry: [tests], ...identity },
    'examples/prisma': {
      entry: ['prisma.config.ts', tests],
      ignoreDependencies: ['@azure/identity', '@prisma/client'],
    },
  },
};
