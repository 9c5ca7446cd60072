// The same with Microsoft's helper.
import { DefaultAzureCredential } from '@azure/identity';
import { entraTokenProvider } from '@azure/postgresql-auth';
import pg from 'pg';
import { place } from './place.ts';
import { report } from './report.ts';

// As by hand.
const credential = new DefaultAzureCredential({ disableInstanceDiscovery: true });
const pool = new pg.Pool({ ...place, password: entraTokenProvider(credential) });
await report(() => pool.query('select current_user as role'));
await pool.end();
