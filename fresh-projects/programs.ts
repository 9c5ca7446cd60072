/** A program of an adapter that asks who it is signed in as, in both kinds of modules. */
interface Program {
  /** What is imported, by name: from a package. */
  readonly imports: Readonly<Record<string, string>>;
  /** The body of an async function; gives the name. */
  readonly body: string;
}

const pg = `const pool = new Pool(process.env.DATABASE_URL);
  const { rows } = await pool.query('select current_user as name');
  await pool.end();
  return rows[0].name;`;
const postgresjs = `const sql = postgres(process.env.DATABASE_URL);
  const [row] = await sql\`select current_user as name\`;
  await sql.end();
  return row.name;`;
const kysely = `const db = new Kysely({ dialect: new AzurePostgresDialect(process.env.DATABASE_URL) });
  const { rows } = await sql\`select current_user as name\`.execute(db);
  await db.destroy();
  return rows[0].name;`;
const drizzle = `const db = drizzle(process.env.DATABASE_URL);
  const found = await db.execute('select current_user as name');
  await db.$client.end();
  return (found.rows ?? found)[0].name;`;

/** By the project's name. */
export const programs: Readonly<Record<string, Program>> = {
  pg: { imports: { '{ Pool }': '@azure-pg/pg' }, body: pg },
  postgresjs: { imports: { postgres: '@azure-pg/postgresjs' }, body: postgresjs },
  kysely: {
    imports: { '{ AzurePostgresDialect }': '@azure-pg/kysely', '{ Kysely, sql }': 'kysely' },
    body: kysely,
  },
  'kysely-postgresjs': {
    imports: { '{ AzurePostgresDialect }': '@azure-pg/kysely/postgres-js', '{ Kysely, sql }': 'kysely' },
    body: kysely,
  },
  drizzle: { imports: { '{ drizzle }': '@azure-pg/drizzle' }, body: drizzle },
  'drizzle-postgresjs': { imports: { '{ drizzle }': '@azure-pg/drizzle/postgres-js' }, body: drizzle },
  knex: {
    imports: { '{ AzureKnexClient, azureConnection }': '@azure-pg/knex', knex: 'knex' },
    body: `const db = knex({ client: AzureKnexClient, connection: azureConnection(process.env.DATABASE_URL) });
  const { rows } = await db.raw('select current_user as name');
  await db.destroy();
  return rows[0].name;`,
  },
  typeorm: {
    imports: { '{ azurePg }': '@azure-pg/typeorm', '{ DataSource }': 'typeorm' },
    body: `const dataSource = new DataSource({ type: 'postgres', driver: azurePg(process.env.DATABASE_URL) });
  await dataSource.initialize();
  const [row] = await dataSource.query('select current_user as name');
  await dataSource.destroy();
  return row.name;`,
  },
  prisma: {
    imports: { '{ PrismaAzurePg }': '@azure-pg/prisma' },
    body: `const connected = await new PrismaAzurePg(process.env.DATABASE_URL).connect();
  const { rows } = await connected.queryRaw({ sql: 'select current_user::text', args: [], argTypes: [] });
  await connected.dispose();
  return rows[0][0];`,
  },
};

const answer = `.then((name) => console.log('signed in as ' + name), (error) => { console.error(error); process.exitCode = 1; });`;

export function asModule({ imports, body }: Program): string {
  const lines = Object.entries(imports).map(([names, from]) => `import ${names} from '${from}';`);
  return `import process from 'node:process';\n${lines.join('\n')}\nasync function who() {\n  ${body}\n}\nwho()${answer}\n`;
}

export function asCommonJs({ imports, body }: Program): string {
  const lines = Object.entries(imports).map(([names, from]) => `const ${names} = require('${from}');`);
  return `const process = require('node:process');\n${lines.join('\n')}\nasync function who() {\n  ${body}\n}\nwho()${answer}\n`;
}
