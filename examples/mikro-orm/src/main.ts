import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { migrateDatabase, orm } from './database.ts';
import { createApi } from './server.ts';

await migrateDatabase();
const api = createApi().listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
await once(api, 'listening');
console.log(`http://127.0.0.1:${(api.address() as AddressInfo).port}/accounts`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    api.close();
    await orm.close();
  });
}
