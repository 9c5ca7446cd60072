/** A project with what an adapter's README says to install. What is compiled there is in `programs/types`, under its name; what runs is the README's. */
export interface Project {
  readonly name: string;
  /** Ours, without their scope. */
  readonly ours: readonly string[];
  readonly others: readonly string[];
  /** The newest version of the ORM has no CommonJS; TypeScript says so. */
  readonly esmOnly?: true;
}

export const projects: readonly Project[] = [
  { name: 'core', ours: ['core'], others: ['@azure/identity'] },
  { name: 'pg', ours: ['pg'], others: ['pg', '@azure/identity'] },
  { name: 'postgresjs', ours: ['postgresjs'], others: ['postgres', '@azure/identity'] },
  { name: 'kysely', ours: ['kysely'], others: ['kysely', 'pg', '@azure/identity'], esmOnly: true },
  {
    name: 'kysely-postgresjs',
    ours: ['kysely', 'postgresjs'],
    others: ['kysely', 'kysely-postgres-js', 'postgres', '@azure/identity'],
    esmOnly: true,
  },
  { name: 'drizzle', ours: ['drizzle'], others: ['drizzle-orm', 'pg', '@azure/identity'] },
  {
    name: 'drizzle-postgresjs',
    ours: ['drizzle', 'postgresjs'],
    others: ['drizzle-orm', 'pg', 'postgres', '@azure/identity'],
  },
  {
    name: 'mikro-orm',
    ours: ['mikro-orm'],
    others: ['@mikro-orm/core', '@mikro-orm/postgresql', 'pg', '@azure/identity'],
    esmOnly: true,
  },
  { name: 'sequelize', ours: ['sequelize'], others: ['sequelize', 'pg', '@azure/identity'] },
  { name: 'prisma', ours: ['prisma'], others: ['@prisma/adapter-pg', 'pg', '@azure/identity'] },
  { name: 'knex', ours: ['knex'], others: ['knex', 'pg', '@azure/identity'] },
  { name: 'typeorm', ours: ['typeorm'], others: ['typeorm', 'pg', '@azure/identity'] },
  { name: 'opentelemetry', ours: ['opentelemetry'], others: ['@opentelemetry/api'] },
  { name: 'emulator', ours: ['emulator'], others: [] },
];
