// Bun's own client with the token provider as its password: the recipe of docs/other-drivers.md.
import { entraTokenProvider } from '@azure-pg/core';
import { SQL } from 'bun';
import { run } from './essentials.mjs';

const codes = { notTrusted: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', otherName: 'ERR_TLS_CERT_ALTNAME_INVALID' };

await run((url, { max = 3, sslrootcert = process.env.SERVER_CA, host } = {}) => {
  const { hostname, port, pathname } = new URL(url);
  const sql = new SQL({
    adapter: 'postgres',
    hostname,
    port: Number(port),
    database: pathname.slice(1),
    username: process.env.PGUSER,
    password: entraTokenProvider(),
    tls: { rejectUnauthorized: true, ca: Bun.file(sslrootcert), ...(host && { serverName: host }) },
    max,
    // The pooler gives each query another server.
    prepare: url !== process.env.POOLED_URL,
  });
  const queryOn = (one) => async (text, parameters) => [...(await one.unsafe(text, parameters))];
  return {
    query: queryOn(sql),
    transaction: (work) => sql.begin((transaction) => work(queryOn(transaction))),
    async cancelled(text) {
      const query = sql.unsafe(text).execute();
      setTimeout(() => query.cancel(), 500);
      return await query;
    },
    end: () => sql.close(),
  };
}, codes);
