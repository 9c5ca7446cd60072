import { DefaultAzureCredential } from '@azure/identity';
import { Sequelize, type Transaction } from 'sequelize';
import { azurePostgres, directOptions, runTransaction, withDirect } from '../src/index.ts';

const sequelize = new Sequelize(azurePostgres(process.env.DATABASE_URL));
new Sequelize(azurePostgres());
new Sequelize(
  azurePostgres('postgres://localhost/app', {
    credential: new DefaultAzureCredential(),
    poolMode: 'transaction',
    logging: false,
    pool: { max: 5 },
    define: { underscored: true },
    dialectOptions: { statement_timeout: 1000 },
    replication: { write: {}, read: [{ host: 'replica' }] },
    password: async () => 'secret',
  }),
);
new Sequelize({ ...azurePostgres({ connectionString: 'postgres://localhost/app' }), benchmark: true });
new Sequelize(directOptions(azurePostgres()));
const done: Promise<number> = runTransaction(sequelize, async (_transaction: Transaction) => 1, {
  retry: true,
});
const direct: Promise<string> = withDirect(sequelize, async (own: Sequelize) => own.getDatabaseName());

export { direct, done };

// @ts-expect-error: a misspelt option
azurePostgres('postgres://localhost/app', { loging: false });
// @ts-expect-error: it is decided here
azurePostgres({ dialect: 'mysql' });
