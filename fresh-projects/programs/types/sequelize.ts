import { azurePostgres, directOptions, withDirect } from '@azure-pg/sequelize';
import { Sequelize } from 'sequelize';

export const options = azurePostgres('postgresql://localhost/app', {
  pool: { max: 5 },
  sslmode: 'verify-full',
});
export const sequelize = new Sequelize(options);
export const direct = directOptions(options);
export const migrate = () => withDirect(sequelize, (own) => own.getQueryInterface().showAllTables());
