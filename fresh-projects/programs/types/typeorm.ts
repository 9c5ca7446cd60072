import { azurePg } from '@azure-pg/typeorm';
import { DataSource } from 'typeorm';

export const driver = azurePg('postgresql://localhost/app', { poolMode: 'transaction' });
export const dataSource = new DataSource({ type: 'postgres', driver });
export const people = () => dataSource.query('select 1');
