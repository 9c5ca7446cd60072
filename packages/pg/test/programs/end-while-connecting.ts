import { Client } from '@azure-pg/pg';

const client = new Client(process.env.URL);
client.connect();
await client.end();
process.stdout.write('ended\n');
