import { PrismaAzurePg } from '@azure-pg/prisma';
import { azureDatasourceUrl } from '@azure-pg/prisma/config';

export const adapter = new PrismaAzurePg('postgresql://localhost/app');
export const url = () => azureDatasourceUrl('postgresql://localhost/app');
