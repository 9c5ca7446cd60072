// Prints what is loaded by importing the package, and by making a pool.
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    loaded.add(specifier);
    return next(specifier, context);
  },
});
const { Pool } = await import('@azure-pg/pg');
new Pool('postgresql://x.postgres.database.azure.com/app');
console.log(JSON.stringify([...loaded].filter((name) => name.startsWith('@azure/') || name === 'pg')));
console.log(
  JSON.stringify(process.getActiveResourcesInfo().filter((name) => /Timeout|Socket|TCP/.test(name))),
);
