import { expect, test } from 'vitest';
import { runsPrisma } from '../src/exec/runs-prisma.ts';

test.each([
  'prisma migrate deploy',
  'npx prisma migrate deploy',
  'npx --yes prisma@7.10.1 db push',
  'npx -p prisma@7 prisma migrate deploy',
  'npm exec -- prisma migrate deploy',
  'pnpm prisma migrate deploy',
  'pnpm exec prisma migrate deploy',
  'pnpm --filter app exec prisma migrate deploy',
  'pnpm dlx prisma migrate deploy',
  'yarn prisma migrate deploy',
  'yarn workspace app prisma migrate deploy',
  'bunx --bun prisma migrate deploy',
  'bun x prisma db pull',
  './node_modules/.bin/prisma migrate deploy',
  'node node_modules/prisma/build/index.js migrate deploy',
  'C:\\app\\node_modules\\.bin\\prisma.cmd migrate deploy',
])('%s', (command) => {
  expect(runsPrisma(command.split(' '))).toBe(true);
});

test.each([
  'psql prisma',
  'npx drizzle-kit migrate',
  'pnpm --filter prisma exec psql',
  'npx prisma-dbml-generator',
  'node prisma.js',
  'node app.js prisma',
  'npm run migrate',
  // It runs the project's own code.
  'npx prisma db seed',
])('not %s', (command) => {
  expect(runsPrisma(command.split(' '))).toBe(false);
});
