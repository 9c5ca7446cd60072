/** A public test suite, whose files run one by one, each in a process of its own. */
export interface Suite {
  readonly name: string;
  /** Below the suite's folder, as globs. */
  readonly files: readonly string[];
  readonly leftOut?: readonly string[];
  /** What Node.js is given before the file. */
  readonly args: readonly string[];
  /** A file that is run once before the others, if it is there. */
  readonly first?: string;
  /** The module in the tests of a pool that is pg's own pool, and so becomes ours: see always-ours.mjs. */
  readonly pool?: string;
}

/** One whose package carries its tests. */
export interface NpmSuite extends Suite {
  /** The package and the version that carries them; newer ones may not. */
  readonly package: string;
  /** What the tests need, beside pg. */
  readonly needs: readonly string[];
  /** A file of the package, and the package of the version in use that it is taken from: today's code under those tests. */
  readonly today?: { readonly file: string; readonly from: string };
}

const mocha = ['node_modules/mocha/bin/_mocha', '--reporter=spec', '--exit', '--timeout=10000'];
const poolTests = {
  package: 'pg-pool@3.7.1',
  needs: ['mocha@10', 'bluebird@3.7.2', 'co@4.6.0', 'expect.js@0.3.1', 'lodash@4', 'pg-cursor@2'],
  files: ['test/*.js'],
  leftOut: ['test/setup.js', 'test/idle-timeout-exit.js'],
  args: mocha,
};
const cursorTests = {
  package: 'pg-cursor@2.12.1',
  needs: ['mocha@10'],
  files: ['test/*.js'],
  args: mocha,
};

export const npmSuites: readonly NpmSuite[] = [
  { name: 'pg-pool 3.7.1', ...poolTests },
  {
    name: 'pg-pool 3.7.1 over today’s pg-pool',
    ...poolTests,
    today: { file: 'index.js', from: 'pg-pool' },
    pool: 'index.js',
  },
  { name: 'pg-cursor 2.12.1', ...cursorTests },
  {
    name: 'pg-cursor 2.12.1 over today’s pg-cursor',
    ...cursorTests,
    needs: [...cursorTests.needs, 'pg-cursor@2'],
    today: { file: 'index.js', from: 'pg-cursor' },
  },
  {
    name: '@fastify/postgres 6.1.0',
    package: '@fastify/postgres@6.1.0',
    needs: ['fastify@5', 'fastify-plugin@6'],
    files: ['test/*.test.js'],
    args: ['--test-reporter=spec'],
  },
  {
    name: 'connect-pg-simple 6.2.1',
    package: 'connect-pg-simple@6.2.1',
    needs: [
      ...[
        'mocha@8',
        'chai@4',
        'chai-as-promised@7',
        'sinon@9',
        'sinon-chai@3',
        'proxyquire@2',
        'supertest@4',
      ],
      ...[
        'cookie-signature@1.1',
        'cookiejar@2',
        'dotenv@8',
        'express@4',
        'express-session@1',
        'pg-promise@12',
      ],
    ],
    files: ['test/**/*.spec.js'],
    args: mocha,
  },
];

/** pg's own, in a checkout of node-postgres: its folder packages/pg. */
export const pgSuite: Suite = {
  name: 'pg',
  files: ['test/**/*-tests.js'],
  leftOut: ['test/native/**', 'test/cloudflare/**', 'test/worker/**'],
  args: [],
  first: 'script/create-test-tables.js',
};
