import { azurePostgres } from '@azure-pg/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';

export const options = azurePostgres('postgresql://localhost/app', { max: 5, sslmode: 'verify-full' });
export const orm = new MikroORM({ ...options, entities: [] });
