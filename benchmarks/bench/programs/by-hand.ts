// A program that signs in to Azure as people write it by hand: pg, and @azure/identity for its password.
import { DefaultAzureCredential } from '@azure/identity';
import pg from 'pg';
import { place } from './place.ts';
import { report } from './report.ts';

// The emulator is no authority that the library knows; Azure's own are not asked for, either.
const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
const pool = new pg.Pool({
  ...place,
  password: async () =>
    (await credential.getToken('https://ossrdbms-aad.database.windows.net/.default')).token,
});
await report(() => pool.query('select current_user as role'));
await pool.end();
