import { DefaultAzureCredential } from '@azure/identity';
import { defineConfig, type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { azurePostgres, runTransaction } from '../src/index.ts';

const orm = new MikroORM({ ...azurePostgres(process.env.DATABASE_URL), entities: [] });
defineConfig({ ...azurePostgres(), entities: [], debug: true });
defineConfig(
  azurePostgres({
    connectionString: 'postgres://localhost/app',
    credential: new DefaultAzureCredential(),
    max: 5,
    poolMode: 'transaction',
  }),
);
defineConfig({
  ...azurePostgres(),
  replicas: [azurePostgres('postgres://replica/app'), { host: 'replica' }],
});
const done: Promise<number> = runTransaction(orm.em.fork(), async (_em: EntityManager) => 1, { retry: true });

export { done };

// @ts-expect-error: a misspelt option
azurePostgres('postgres://localhost/app', { sslMod: 'require' });
