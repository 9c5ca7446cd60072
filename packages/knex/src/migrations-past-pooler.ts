import { migratorPrototype } from './knex-client.ts';

/** Under this name a client of ours has what does some work with connections to the server itself. */
export const pastPooler: unique symbol = Symbol.for('@azure-pg/knex.pastPooler');

interface Migrator {
  readonly knex: {
    readonly client: { [pastPooler]?<Result>(work: () => Promise<Result>): Promise<Result> };
  };
}
type Migrate = (this: Migrator, ...values: unknown[]) => Promise<unknown>;

/** What migrates; the rest only reads. Not every version of Knex has all of them. */
const names = ['latest', 'up', 'to', 'down', 'rollback', 'forceFreeMigrationsLock'] as const;

const led: unique symbol = Symbol.for('@azure-pg/knex.led');

/**
 * Lets Knex's migrators run past the pooler where the client is ours: migrations use what a pooler in transaction mode loses, as SET, advisory locks, temporary
 * tables. A migrator has a copy of the program's client, whose pool can be replaced; nothing else of Knex says to a client that it is for migrations, least of all in `npx
 * knex migrate:latest`.
 */
export function leadMigrationsPastPooler(): void {
  const prototype = migratorPrototype as Partial<Record<string, Migrate>> & { [led]?: true };
  if (prototype[led]) return;
  Object.defineProperty(prototype, led, { value: true });
  for (const name of names) {
    const migrate = prototype[name];
    if (migrate === undefined) continue;
    prototype[name] = function (...values) {
      const work = (): Promise<unknown> => migrate.apply(this, values);
      return this.knex.client[pastPooler]?.(work) ?? work();
    };
  }
}
