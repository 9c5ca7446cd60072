import { Client } from '@azure-pg/pg';

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Makes the role that everything else signs in as, with the right to a schema of its own and no other; as an Entra administrator.
 *
 * @param url the server itself; `clientId` is the administrator's.
 * @param role named as the managed identity is.
 */
export async function prepareRole(url: string, clientId: string, role: string): Promise<void> {
  const admin = new Client({ connectionString: url, clientId });
  await admin.connect();
  try {
    const { rows } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    if (rows.length === 0) await admin.query('select pgaadauth_create_principal($1, false, false)', [role]);
    await admin.query(`grant create on database postgres to ${identifier(role)}`);
  } finally {
    await admin.end();
  }
}

/** The schema that a role's tables are made in, for it comes first in its search_path; as that role. */
export async function prepareSchema(url: string, role: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(`create schema if not exists ${identifier(role)}`);
  } finally {
    await client.end();
  }
}
