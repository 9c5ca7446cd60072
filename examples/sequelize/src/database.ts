import { azurePostgres, withDirect } from '@azure-pg/sequelize';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
} from 'sequelize';

export const sequelize: Sequelize = new Sequelize(
  azurePostgres(process.env.DATABASE_URL, { logging: false }),
);

export class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: CreationOptional<number>;
  declare owner: string;
  declare cents: number;
}

const columns = {
  id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
  owner: { type: DataTypes.TEXT, allowNull: false, unique: true },
  cents: { type: DataTypes.INTEGER, allowNull: false },
};
Account.init(columns, { sequelize, tableName: 'account', timestamps: false });

/** Brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler. */
export async function migrateDatabase(): Promise<void> {
  await withDirect(sequelize, async (direct) => {
    const schema = direct.getQueryInterface();
    if (await schema.tableExists('account')) return;
    await direct.transaction(async (transaction) => {
      await schema.createTable('account', columns, { transaction });
      await direct.query('alter table account add constraint account_not_overdrawn check (cents >= 0)', {
        transaction,
      });
    });
  });
}
