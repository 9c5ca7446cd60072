// npm: @strapi/strapi@5.53.0 pg
// slow
// The CMS by its own interface for programs, with a type of content of the project's.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const files = {
  'config/database.js': `module.exports = { connection: { client: 'postgres', connection: { connectionString: process.env.DATABASE_URL }, pool: { min: 0, max: 4 } } };`,
  'config/server.js': `module.exports = { host: '127.0.0.1', port: 0, app: { keys: ['none'] } };`,
  'config/admin.js': `module.exports = { auth: { secret: 'none' }, apiToken: { salt: 'none' }, transfer: { token: { salt: 'none' } }, secrets: { encryptionKey: 'none' } };`,
  'config/api.js': 'module.exports = {};',
  'config/middlewares.js':
    "module.exports = ['logger', 'errors', 'security', 'cors', 'poweredBy', 'query', 'body', 'session', 'favicon', 'public'].map((name) => 'strapi::' + name);",
  'src/index.js': 'module.exports = {};',
  'src/api/note/content-types/note/schema.json': JSON.stringify({
    kind: 'collectionType',
    collectionName: 'strapi_notes',
    info: { singularName: 'note', pluralName: 'notes', displayName: 'Note' },
    options: { draftAndPublish: false },
    attributes: { text: { type: 'string' } },
  }),
  'src/api/note/controllers/note.js':
    "module.exports = require('@strapi/strapi').factories.createCoreController('api::note.note');",
  'src/api/note/services/note.js':
    "module.exports = require('@strapi/strapi').factories.createCoreService('api::note.note');",
  'src/api/note/routes/note.js':
    "module.exports = require('@strapi/strapi').factories.createCoreRouter('api::note.note');",
  'public/uploads/.gitkeep': '',
};
for (const [file, text] of Object.entries(files)) {
  mkdirSync(dirname(join('app', file)), { recursive: true });
  writeFileSync(join('app', file), text);
}
writeFileSync(
  'app/package.json',
  JSON.stringify({ name: 'app', version: '0.0.0', strapi: { uuid: false }, dependencies: {} }),
);
process.chdir('app');
process.env.STRAPI_TELEMETRY_DISABLED = 'true';
process.env.JWT_SECRET = 'none';
const { createStrapi } = createRequire(import.meta.url)('@strapi/strapi');
const strapi = await createStrapi({
  appDir: process.cwd(),
  distDir: process.cwd(),
  serveAdminPanel: false,
}).load();
const notes = strapi.documents('api::note.note');
const { documentId: first } = await notes.create({ data: { text: 'one' } });
const { documentId } = await notes.create({ data: { text: 'two' } });
await notes.update({ documentId, data: { text: 'deux' } });
await notes.delete({ documentId: first });
const rows = await notes.findMany({ fields: ['text'] });
const { rows: who } = await strapi.db.connection.raw(
  "select tableowner from pg_tables where tablename = 'strapi_notes'",
);
await strapi.db.connection
  .raw('drop owned by current_user; grant create on schema public to current_user')
  .catch(() => {});
console.log(JSON.stringify(rows.map(({ text }) => ({ text }))), who[0].tableowner);
process.exit();
