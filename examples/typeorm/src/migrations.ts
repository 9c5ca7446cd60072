import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Account1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table account (
        id integer primary key generated always as identity,
        owner text not null unique,
        cents integer not null constraint account_not_overdrawn check (cents >= 0)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table account');
  }
}
