import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

export interface Note {
  id: number;
  text: string;
}

export const Note: EntitySchema<Note> = new EntitySchema<Note>({
  name: 'typeorm_note',
  columns: { id: { type: Number, primary: true, generated: true }, text: { type: String, unique: true } },
});

export const dataSourceOf = (options: Partial<PostgresDataSourceOptions>): DataSource =>
  new DataSource({ type: 'postgres', entities: [Note], logging: false, ...options } as DataSourceOptions);
