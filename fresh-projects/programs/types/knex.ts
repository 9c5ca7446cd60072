import { AzureKnexClient, azureConnection } from '@azure-pg/knex';
import knex from 'knex';

export const connection = azureConnection('postgresql://localhost/app', { poolMode: 'transaction' });
export const db = knex({ client: AzureKnexClient, connection });
export const people = () => db<{ id: number }>('person').select('id');
