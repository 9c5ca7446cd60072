// A copy of pg that is too old to be replaced: to an ordinary server, and to Azure.
const { Client } = require('pg-too-old');

async function main() {
  const client = new Client(JSON.parse(process.env.PLACE));
  await client.connect();
  console.log((await client.query('select current_user as who')).rows[0].who);
  await client.end();
  if (process.env.AZURE === undefined) return;
  const azure = new Client({ host: process.env.AZURE, port: 1 });
  await azure.connect().catch(() => console.log('refused'));
}
main();
