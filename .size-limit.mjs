// What each published package may weigh: `npm run check` holds it to that after the build. The figures are what it weighs now and a little more; whoever needs more
// raises them in the change that does.
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Kilobytes: of all files that npm downloads, each compressed; and of the ES modules as they are, which a process reads and compiles. */
const budgets = {
  '@azure-pg/cli': [76, 162],
  '@azure-pg/core': [335, 412],
  '@azure-pg/drizzle': [18, 8],
  '@azure-pg/emulator': [118, 235],
  '@azure-pg/knex': [11, 11],
  '@azure-pg/kysely': [15, 13],
  '@azure-pg/mikro-orm': [7, 5],
  '@azure-pg/opentelemetry': [8, 8],
  '@azure-pg/pg': [46, 54],
  '@azure-pg/postgresjs': [52, 66],
  '@azure-pg/prisma': [15, 11],
  '@azure-pg/sequelize': [11, 10],
  '@azure-pg/typeorm': [7, 5],
};

const published = globSync('packages/*/package.json')
  .map((file) => ({ folder: dirname(file), ...JSON.parse(readFileSync(file, 'utf8')) }))
  .filter((manifest) => manifest.private !== true);
const without = published.filter(({ name }) => budgets[name] === undefined).map(({ name }) => name);
if (without.length > 0) throw new Error(`${without.join(', ')}: no budget in .size-limit.mjs`);

export default published.flatMap(({ name, folder }) => {
  const [compressed, code] = budgets[name];
  return [
    { name: `${name}, compressed`, path: `${folder}/dist/**/*.*`, gzip: true, limit: `${compressed} kB` },
    { name: `${name}, ES modules`, path: `${folder}/dist/**/*.js`, brotli: false, limit: `${code} kB` },
  ];
});
