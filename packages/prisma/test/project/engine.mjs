#!/usr/bin/env node
// Prisma's own schema engine in the form that needs no download, in the place of the native one: it is started the same way, speaks the
// same JSON-RPC on its standard streams, and connects as the URL that it is given says.
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { readsCatalogs } from './azure-pg-prisma/src/reads-catalogs.ts';

const argument = (name) => process.argv.flatMap((one, at) => (one === name ? process.argv[at + 1] : []));
const [datasource] = argument('--datasource');
// Prisma 7 says it as JSON, 6 as it is, or leaves it to the schema: env("DATABASE_URL").
const url = datasource?.startsWith('{')
  ? JSON.parse(datasource).url
  : (datasource ?? process.env.DATABASE_URL);
if (process.env.ENGINE_LOG) appendFileSync(process.env.ENGINE_LOG, `${url}\n`);

const { hostname, port, username, password, pathname, searchParams } = new URL(url);
const server = {
  host: hostname,
  port: Number(port),
  user: decodeURIComponent(username),
  password: decodeURIComponent(password),
  database: decodeURIComponent(pathname.slice(1)),
  // Nothing else is trusted here.
  ssl: searchParams.get('sslaccept') === 'strict' && {
    ca: readFileSync(searchParams.get('sslcert'), 'utf8'),
  },
};

class NativeLike extends PrismaPg {
  async connect() {
    return readsCatalogs(await super.connect());
  }

  async connectToShadowDb() {
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    const owner = new pg.Client(server);
    await owner.connect();
    await owner.query(`CREATE DATABASE "${database}"`);
    const adapter = readsCatalogs(await new PrismaPg({ ...server, database }).connect());
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      await dispose();
      await owner.query(`DROP DATABASE "${database}" WITH (FORCE)`);
      await owner.end();
    };
    return adapter;
  }
}

const factory = new NativeLike(server, { schema: searchParams.get('schema') ?? undefined });
if (process.argv.includes('can-connect-to-database')) {
  const adapter = await factory.connect();
  await adapter.queryRaw({ sql: 'select 1', args: [], argTypes: [] });
  await adapter.dispose();
  process.exit(0);
}

const glueFile = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
const glue = await import(glueFile);
const module = new WebAssembly.Module(readFileSync(glueFile.replace(/js$/, 'wasm')));
const { exports } = new WebAssembly.Instance(module, { './schema_engine_bg.js': glue });
glue.__wbg_set_wasm(exports);
exports.__wbindgen_start();

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(message) };

// It must know the provider. (The schema of Prisma 6 has a URL in it, which this engine refuses; it is handed over by another name.)
const provider = ['provider.prisma', 'datasource db {\n  provider = "postgresql"\n}\n'];
const schema = argument('--datamodels').map((file) => [file, readFileSync(file, 'utf8')]);
const datamodels = schema.length > 0 ? schema : [provider];
const adapters = bindMigrationAwareSqlAdapterFactory(factory);
const engine = await glue.SchemaEngine.new({ datamodels }, () => {}, adapters);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const names = { getDatabaseVersion: 'version' };
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  // An answer to "print".
  if (method === undefined) continue;
  let answer;
  try {
    answer = { result: (await engine[names[method] ?? method](params)) ?? {} };
    const { stdout: content } = answer.result;
    if (content) send({ id: 0, method: 'print', params: { content } });
  } catch (error) {
    const { code, meta, message } = error;
    const data = { is_panic: false, message, meta, error_code: code ?? null };
    answer = { error: { code: 4466, message: 'An error happened. Check the data field for details.', data } };
  }
  send({ id, ...answer });
}
