import 'reflect-metadata';
import { startEmulator } from '@azure-pg/emulator';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { azurePg } from '../src/index.ts';
import { Note } from './entities.ts';

const start = (imports: unknown[]): Promise<INestApplicationContext> => {
  class App {}
  Module({ imports: imports as never[] })(App);
  return NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
};

test('NestJS: forRoot and forFeature, through the pooler and without a password', async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  Object.assign(process.env, emulator.env);
  await emulator.query('grant create on schema public to public');
  const app = await start([
    TypeOrmModule.forRoot({
      type: 'postgres',
      driver: azurePg(emulator.pooledUrl),
      autoLoadEntities: true,
      synchronize: true,
    }),
    TypeOrmModule.forFeature([Note]),
  ]);
  const notes: Repository<Note> = app.get(getRepositoryToken(Note));
  await notes.save({ text: 'one' });
  expect(await notes.find()).toEqual([{ id: 1, text: 'one' }]);
  expect(await app.get(DataSource).query('select current_user as who')).toEqual([{ who: 'local-app' }]);
  await app.close();
});
