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
  'mikro-orm': {
    imports: { '{ azurePostgres }': '@azure-pg/mikro-orm', '{ MikroORM }': '@mikro-orm/postgresql' },
    body: `const options = { entities: [], discovery: { warnWhenNoEntities: false } };
  const orm = new MikroORM({ ...azurePostgres(process.env.DATABASE_URL), ...options });
  const [row] = await orm.em.getConnection().execute('select current_user as name');
  await orm.close();
  return row.name;`,
  },
  sequelize: {
    imports: { '{ azurePostgres }': '@azure-pg/sequelize', '{ Sequelize }': 'sequelize' },
    body: `const sequelize = new Sequelize(azurePostgres(process.env.DATABASE_URL, { logging: false }));
  const [rows] = await sequelize.query('select current_user as name');
  await sequelize.close();
  return rows[0].name;`,
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
