// npm: payload @payloadcms/db-postgres
// The CMS by its local API; Next.js only serves it.
import { postgresAdapter } from '@payloadcms/db-postgres';
import { buildConfig, getPayload } from 'payload';

const config = buildConfig({
  secret: 'none',
  telemetry: false,
  db: postgresAdapter({ pool: { connectionString: process.env.DATABASE_URL }, schemaName: 'payload' }),
  collections: [{ slug: 'notes', fields: [{ name: 'text', type: 'text' }] }],
});
const payload = await getPayload({ config });
await payload.create({ collection: 'notes', data: { text: 'one' } });
const { id } = await payload.create({ collection: 'notes', data: { text: 'two' } });
await payload.update({ collection: 'notes', id, data: { text: 'deux' } });
await payload.delete({ collection: 'notes', where: { text: { equals: 'one' } } });
const { docs } = await payload.find({ collection: 'notes' });
const { rows } = await payload.db.pool.query('select current_user as who');
console.log(JSON.stringify(docs.map(({ text }) => ({ text }))), rows[0].who);
await payload.db.pool.query('drop schema payload cascade');
process.exit();
