import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/** A program of a README, as a user would copy it. */
interface Program {
  readonly code: string;
  /** What it prints when all went well. */
  readonly prints: RegExp;
}

/** The TypeScript block of a package's README that begins with these words. */
function readme(name: string, begin: string, prints: RegExp): Program {
  const text = readFileSync(new URL(`../packages/${name}/README.md`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```ts.*?\n(.*?)^```/gms)].map(([, code]) => code as string);
  const code = blocks.find((block) => block.includes(begin));
  if (code === undefined) throw new Error(`packages/${name}/README.md has no program with ${begin}`);
  return { code, prints };
}

const kysely = readme('kysely', 'new AzurePostgresDialect(process.env.DATABASE_URL)', /name: ['"]Ada['"]/);

/** By the project's name. Prisma's README needs a generated client; its adapter alone has the connection. */
export const programs: Readonly<Record<string, Program>> = {
  pg: readme('pg', 'new Pool(process.env.DATABASE_URL)', /local-app[\s\S]*answer: 42/),
  postgresjs: readme('postgresjs', 'postgres(process.env.DATABASE_URL!)', /Ada is served by local-app/),
  kysely,
  'kysely-postgresjs': {
    ...kysely,
    code: kysely.code.replace('@azure-pg/kysely', '@azure-pg/kysely/postgres-js'),
  },
  drizzle: readme('drizzle', 'drizzle(process.env.DATABASE_URL!', /found Oslo/),
  'drizzle-postgresjs': readme('drizzle', "'@azure-pg/drizzle/postgres-js'", /signed in as local-app/),
  knex: readme('knex', 'azureConnection(process.env.DATABASE_URL) });', /name: ['"]Ada['"]/),
  typeorm: readme('typeorm', 'azurePg(process.env.DATABASE_URL) });', /name: ['"]Ada['"]/),
  sequelize: readme('sequelize', 'azurePostgres(process.env.DATABASE_URL', /^1$/m),
  'mikro-orm': readme('mikro-orm', 'azurePostgres(process.env.DATABASE_URL', /^1$/m),
  prisma: {
    code: `import { PrismaAzurePg } from '@azure-pg/prisma';

const connected = await new PrismaAzurePg(process.env.DATABASE_URL!).connect();
const { rows } = await connected.queryRaw({ sql: 'select current_user::text', args: [], argTypes: [] });
console.log('signed in as', rows[0]![0]);
await connected.dispose();
`,
    prints: /signed in as local-app/,
  },
};

/** The program in JavaScript, for a runtime without types. Deno has no `process` of its own. */
export function asModule({ code }: Program): string {
  return `import process from 'node:process';\n${stripTypeScriptTypes(code)}`;
}

/** And as CommonJS, which has no `await` outside a function. */
export function asCommonJs({ code }: Program): string {
  const requires: string[] = [];
  const body = stripTypeScriptTypes(code).replace(/^import (.+?) from ('.+?');$/gm, (_, names, from) => {
    requires.push(`const ${names} = require(${from});`);
    return '';
  });
  return `const process = require('node:process');\n${requires.join('\n')}\n(async () => {\n${body}\n})();\n`;
}
