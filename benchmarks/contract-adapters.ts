// How each adapter and driver speaks the contract's language: the modules by which their own tests hold them to it.
const adapters: Readonly<Record<string, string>> = {
  pg: 'pg/test/contract-adapter.ts',
  postgresjs: 'postgresjs/test/contract-adapter.ts',
  kysely: 'kysely/test/contract-pg.ts',
  'kysely-postgresjs': 'kysely/test/contract-postgresjs.ts',
  drizzle: 'drizzle/test/contract-adapter.ts',
  'drizzle-postgresjs': 'drizzle/test/contract-adapter-postgresjs.ts',
  'mikro-orm': 'mikro-orm/test/contract-adapter.ts',
  prisma: 'prisma/test/contract-adapter.ts',
  knex: 'knex/test/contract-adapter.ts',
  typeorm: 'typeorm/test/contract-adapter.ts',
  sequelize: 'sequelize/test/contract-adapter.ts',
  // For comparison, and to see that this soak can fail. They know nothing of tokens, and sign in with a password.
  'bare-pg': 'contract/test/bare-pg.ts',
  'bare-postgresjs': 'contract/test/bare-postgresjs.ts',
};

/** Ours, by name. */
export const ours: readonly string[] = Object.keys(adapters).filter((name) => !name.startsWith('bare-'));

/** The drivers as they are. */
export const bare: readonly string[] = Object.keys(adapters).filter((name) => name.startsWith('bare-'));

/** The module of one of them, or of a bare driver. */
export function fileOf(name: string): string {
  const file = adapters[name];
  if (file === undefined)
    throw new Error(`There is no adapter "${name}": ${Object.keys(adapters).join(', ')}`);
  return new URL(`../packages/${file}`, import.meta.url).href;
}
